#include "control/totals.h"

#include <algorithm>
#include <numeric>

namespace rota {
namespace {

void add(InstanceTotals& totals, const InstanceCells& cells) {
  totals.in_flight += cells.in_flight.value();
  totals.waiting += cells.waiting.value();
  totals.waiting_since += cells.waiting_since.value();
  const std::int64_t oldest = cells.oldest.value();
  if (oldest != 0) totals.oldest = totals.oldest == 0 ? oldest : std::min(totals.oldest, oldest);
  totals.broken += cells.broken.value();
  for (std::size_t i = 0; i < totals.answers.size(); ++i) totals.answers[i] += cells.answers.at(i);
  totals.latency.add(cells.latency);
}

}  // namespace

std::uint64_t InstanceTotals::attempts() const { return std::accumulate(answers.begin(), answers.end(), broken); }

std::uint64_t InstanceTotals::failures() const {
  std::uint64_t failures = broken;
  constexpr std::array<std::uint16_t, 4> kFailures{500, 502, 503, 504};
  for (const std::uint16_t status : kFailures) failures += answers[StatusCounts::place_of(status)];
  return failures;
}

std::uint64_t pulse_of(const InstanceState& state) {
  std::uint64_t pulse = 0;
  state.cells.for_each([&pulse](const InstanceCells& cells) {
    pulse += cells.latency.sum() + (cells.broken.value() << 40) + (static_cast<std::uint64_t>(cells.in_flight.value()) << 52) +
             (static_cast<std::uint64_t>(cells.waiting.value()) << 58);
  });
  return pulse;
}

InstanceTotals totals_of(const InstanceState& state) {
  InstanceTotals totals;
  state.cells.for_each([&totals](const InstanceCells& cells) { add(totals, cells); });
  return totals;
}

std::uint64_t ServiceTotals::count() const {
  std::uint64_t count = 0;
  for (const auto& of_method : requests) count = std::accumulate(of_method.begin(), of_method.end(), count);
  return count;
}

std::uint64_t ServiceTotals::errors_5xx() const {
  std::uint64_t sum = 0;
  for (const auto& of_method : requests) {
    for (std::size_t place = 0; place < of_method.size(); ++place) {
      if (StatusCounts::kStatuses[place] >= 500) sum += of_method[place];
    }
  }
  return sum;
}

void add(ServiceTotals& totals, const ServiceCells& cells) {
  totals.in_flight += cells.in_flight.value();
  for (std::size_t method = 0; method < kMethods; ++method) {
    for (std::size_t place = 0; place < StatusCounts::kPlaces; ++place) totals.requests[method][place] += cells.requests[method].at(place);
  }
  for (std::size_t i = 0; i < kErrorCodes; ++i) totals.errors[i] += cells.errors[i].value();
  for (std::size_t i = 0; i < kRetryReasons; ++i) totals.retries[i] += cells.retries[i].value();
  totals.duration.add(cells.duration);
}

ServiceTotals totals_of(const ServiceState& state) {
  ServiceTotals totals;
  state.cells.for_each([&totals](const ServiceCells& cells) { add(totals, cells); });
  return totals;
}

}  // namespace rota
