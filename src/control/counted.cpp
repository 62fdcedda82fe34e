#include "control/counted.h"

#include <algorithm>
#include <string_view>

namespace rota {
namespace {

constexpr std::array<std::string_view, kMethods> kMethodNames{"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                              "OPTIONS", "CONNECT", "TRACE", "other"};
constexpr std::array<std::string_view, kRetryReasons> kReasonNames{"connect", "reset", "timeout", "502", "503", "504"};

}  // namespace

std::vector<MethodCount> requests_of(const ServiceTotals& totals) {
  std::vector<MethodCount> counts;
  for (std::size_t method = 0; method < kMethods; ++method) {
    for (std::size_t place = 0; place < StatusCounts::kPlaces; ++place) {
      const std::uint64_t count = totals.requests[method][place];
      if (count > 0) counts.push_back({.method = std::string(kMethodNames[method]), .code = StatusCounts::label(place), .count = count});
    }
  }
  return counts;
}

std::vector<CountBy> errors_of(const ServiceTotals& totals, ErrorToken token_of) {
  std::vector<CountBy> counts;
  for (std::size_t code = 0; code < kErrorCodes; ++code) {
    if (totals.errors[code] == 0) continue;
    const std::string_view token = token_of({.code = static_cast<ErrorCode>(code)});
    const auto row = std::ranges::find(counts, token, &CountBy::label);
    if (row == counts.end()) {
      counts.push_back({.label = std::string(token), .count = totals.errors[code]});
    } else {
      row->count += totals.errors[code];
    }
  }
  return counts;
}

std::vector<CountBy> retries_of(const ServiceTotals& totals) {
  std::vector<CountBy> counts;
  for (std::size_t reason = 0; reason < kRetryReasons; ++reason) {
    if (totals.retries[reason] > 0) counts.push_back({.label = std::string(kReasonNames[reason]), .count = totals.retries[reason]});
  }
  return counts;
}

}  // namespace rota
