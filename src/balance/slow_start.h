// The share of its weight that an instance gets when it has just come back: a tenth, and more with time. In four steps, because each makes a new wheel.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace rota {

struct SlowStartStep {
  std::uint32_t percent;  // 100: the ramp is over
  Duration until;         // since its beginning; when the next step comes
};

// `window`: zero: there is no ramp.
constexpr SlowStartStep slow_start(Duration since, Duration window) {
  constexpr std::uint32_t kPercents[] = {10, 25, 50, 75};
  for (int step = 0; step < 4; ++step) {
    const Duration end = window * (step + 1) / 4;
    if (since < end) return {.percent = kPercents[step], .until = end};
  }
  return {.percent = 100, .until = Duration::zero()};
}

}  // namespace rota
