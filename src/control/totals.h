// What all workers have counted of one instance or service, added up at one moment.
#pragma once

#include <array>
#include <cstdint>

#include "metrics/histogram.h"
#include "model/instance_state.h"
#include "model/service_state.h"

namespace rota {

struct InstanceTotals {
  std::int64_t in_flight = 0;
  std::int64_t waiting = 0;
  std::int64_t waiting_since = 0;
  std::int64_t oldest = 0;  // ns of the monotonic clock; 0: nothing waits
  std::uint64_t broken = 0;
  std::array<std::uint64_t, StatusCounts::kPlaces> answers{};
  HistogramSum latency;

  std::uint64_t attempts() const;  // that have ended and said something
  std::uint64_t failures() const;  // of those: broken, and 500, 502, 503, 504
};
InstanceTotals totals_of(const InstanceState& state);
// Another number as soon as an attempt has begun, ended or been answered, and cheap: most of many instances have had nothing to do since the last look.
std::uint64_t pulse_of(const InstanceState& state);

struct ServiceTotals {
  std::int64_t in_flight = 0;
  std::array<std::array<std::uint64_t, StatusCounts::kPlaces>, kMethods> requests{};
  std::array<std::uint64_t, kErrorCodes> errors{};
  std::array<std::uint64_t, kRetryReasons> retries{};
  HistogramSum duration;

  std::uint64_t count() const;       // that have ended
  std::uint64_t errors_5xx() const;  // requests that ended with a 5xx, or with nothing
};
void add(ServiceTotals& totals, const ServiceCells& cells);
ServiceTotals totals_of(const ServiceState& state);

}  // namespace rota
