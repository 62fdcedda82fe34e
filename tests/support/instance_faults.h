// What is wrong with a test instance at the moment, as GET /faults?... has told it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "load_body.h"
#include "text.h"

namespace instance {

struct Faults {
  std::chrono::milliseconds delay{0};  // before each answer
  unsigned status = 0;                 // instead of an answer; 0: there is none of that
  std::uint64_t percent = 100;         // of the requests that get it
  unsigned health = 0;                 // what /health answers; 0: 200
  std::chrono::milliseconds health_delay{0};

  // Whether the request of this number gets the status: spread as if by chance, and always the same.
  bool hits(std::uint64_t number) const { return status != 0 && support::mixed(number) % 100 < percent; }
};

inline bool set_fault(Faults& faults, std::string_view name, std::uint64_t value) {
  const bool is_status = value >= 200 && value <= 599;
  if (name == "delay") return faults.delay = std::chrono::milliseconds(value), true;
  if (name == "health_delay") return faults.health_delay = std::chrono::milliseconds(value), true;
  if (name == "status" && is_status) return faults.status = static_cast<unsigned>(value), true;
  if (name == "health" && is_status) return faults.health = static_cast<unsigned>(value), true;
  if (name == "percent" && value <= 100) return faults.percent = value, true;
  return false;
}

// Of the target, /faults?name=number&...; nullopt: there is something in it that is no fault.
inline std::optional<Faults> parse_faults(std::string_view target) {
  Faults faults;
  std::string_view rest = target.substr(std::min(target.find('?'), target.size()));
  while (!rest.empty()) {
    rest.remove_prefix(1);  // ? or &
    const std::string_view piece = rest.substr(0, rest.find('&'));
    rest.remove_prefix(piece.size());
    const std::size_t equals = piece.find('=');
    std::uint64_t value = 0;
    if (equals == std::string_view::npos || !support::parse_number(piece.substr(equals + 1), value)) return {};
    if (!set_fault(faults, piece.substr(0, equals), value)) return {};
  }
  return faults;
}

}  // namespace instance
