// The machine's own clocks.
#pragma once

#include "base/clock.h"

namespace rota {

class SystemClock final : public Clock {
 public:
  TimePoint now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override { return std::chrono::system_clock::now(); }
};

}  // namespace rota
