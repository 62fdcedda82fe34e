// A latency that rises at once and falls slowly: the peak-sensitive moving average of Finagle's PeakEwma. A sample above it is taken as it is; one below moves it
// by what has passed of its time constant. Exact to the nanosecond, so that fast services do not read as zero.
#pragma once

#include <cmath>

#include "base/clock.h"

namespace rota {

class PeakEwma {
 public:
  static constexpr Duration kTau = std::chrono::seconds{10};

  void add(Duration sample, TimePoint now) {
    const auto value = static_cast<double>(sample.count());
    if (!has_value_ || value >= average_) {
      average_ = value;
    } else {
      const double kept = std::exp(-static_cast<double>((now - at_).count()) / static_cast<double>(kTau.count()));
      average_ = average_ * kept + value * (1 - kept);
    }
    at_ = now;
    has_value_ = true;
  }
  void reset() { *this = PeakEwma{}; }

  bool has_value() const { return has_value_; }
  Duration value() const { return Duration{std::llround(average_)}; }

 private:
  double average_ = 0;  // ns
  TimePoint at_{};
  bool has_value_ = false;
};

}  // namespace rota
