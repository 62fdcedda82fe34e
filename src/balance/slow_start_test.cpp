#include "balance/slow_start.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

using namespace std::chrono_literals;

TEST(SlowStart, BeginsWithATenthAndEndsWithItsWindow) {
  EXPECT_EQ(slow_start(0s, 10s).percent, 10u);
  EXPECT_EQ(slow_start(10s - 1ns, 10s).percent, 75u);
  EXPECT_EQ(slow_start(10s, 10s).percent, 100u);
  EXPECT_EQ(slow_start(1h, 10s).percent, 100u);
}

// Each step makes a new wheel; and none gives more than what has passed of the window, or a tenth.
TEST(SlowStart, RisesInFourStepsAndNeverTooSoon) {
  std::uint32_t before = 0;
  int steps = 0;
  for (Duration since = 0s; since < 10s; since += 10ms) {
    const std::uint32_t percent = slow_start(since, 10s).percent;
    EXPECT_GE(percent, before);
    EXPECT_LE(percent, std::max<std::int64_t>(10, since * 100 / 10s));
    if (percent != before) ++steps;
    before = percent;
  }
  EXPECT_EQ(steps, 4);
}

TEST(SlowStart, SaysWhenItsNextStepComes) {
  for (Duration since = 0s; since < 10s;) {
    const SlowStartStep step = slow_start(since, 10s);
    ASSERT_GT(step.until, since);
    EXPECT_EQ(slow_start(step.until - 1ns, 10s).percent, step.percent);
    EXPECT_GT(slow_start(step.until, 10s).percent, step.percent);
    since = step.until;
  }
}

TEST(SlowStart, WithoutAWindowThereIsNone) { EXPECT_EQ(slow_start(0s, 0s).percent, 100u); }

}  // namespace
}  // namespace rota
