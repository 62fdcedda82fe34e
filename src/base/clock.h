// Time as rota sees it. Everything that decides by time takes a Clock or a `now`, so that tests own the time; only app/ names a concrete clock.
#pragma once

#include <chrono>

namespace rota {

using Duration = std::chrono::nanoseconds;
// Monotonic: unaffected by anybody setting the machine's date.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
// The calendar's time: only for what people and identifiers read.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  virtual WallTime wall() const = 0;
};

}  // namespace rota
