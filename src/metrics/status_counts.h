// Answers counted by their status. Each final status that is registered for HTTP has a place of its own; what is not registered counts with its class, and
// what is above all classes with 5xx.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "metrics/counter.h"

namespace rota {

class StatusCounts {
 public:
  // In the order of their places. x99 stands for whatever else there is of a class; 0 for no answer at all, because the client was gone first.
  static constexpr std::array<std::uint16_t, 65> kStatuses{
      0,   101, 199, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 299, 300, 301, 302, 303, 304, 305, 307, 308,
      399, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422,
      423, 424, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511, 599};
  static constexpr std::size_t kPlaces = kStatuses.size();

  // "404"; "4xx" for the rest of a class; "none".
  static std::string label(std::size_t place);
  static constexpr std::size_t place_of(std::uint16_t status) { return kPlaceOf[status < kPlaceOf.size() ? status : kPlaceOf.size() - 1]; }

  void add(std::uint16_t status) { counts_[place_of(status)].add(); }
  std::uint64_t at(std::size_t place) const { return counts_[place].value(); }

 private:
  static constexpr std::array<std::uint8_t, 600> kPlaceOf = [] {
    std::array<std::uint8_t, 600> place{};
    for (std::size_t status = 0; status < place.size(); ++status) {
      const std::size_t rest_of_class = status / 100 * 100 + 99;
      for (std::size_t i = 0; i < kPlaces; ++i) {
        if (kStatuses[i] == rest_of_class) place[status] = static_cast<std::uint8_t>(i);
      }
      for (std::size_t i = 0; i < kPlaces; ++i) {
        if (kStatuses[i] == status) place[status] = static_cast<std::uint8_t>(i);
      }
    }
    return place;
  }();

  std::array<Counter, kPlaces> counts_;
};

}  // namespace rota
