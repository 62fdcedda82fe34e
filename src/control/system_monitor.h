// How busy an instance's machine or container is: what thresholds on CPU and memory are held against. Docker has one; tests have one that says what they like.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace rota {

// Shares of what the instance may use, 0 to 1, and more where it takes more than its share.
struct SystemReading {
  std::optional<double> cpu;
  std::optional<double> memory;
  TimePoint at{};       // when it was measured
  Duration interval{};  // between two of them; one that is older than three of these counts as unknown
};

class SystemMonitor {
 public:
  virtual ~SystemMonitor() = default;
  // The newest reading; nullopt: nothing is known of it. Control thread, never waits.
  virtual std::optional<SystemReading> reading(std::string_view identity) = 0;
};

}  // namespace rota
