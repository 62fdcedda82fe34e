#include "control/health_count.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

using State = HealthCount::State;

HealthSettings settings_of(std::uint64_t fall, std::uint64_t rise) {
  HealthSettings settings;
  settings.fall = fall;
  settings.rise = rise;
  return settings;
}

const HealthSettings kUsual = settings_of(3, 2);

HealthCount passing() {
  HealthCount count;
  count.passed(kUsual);
  return count;
}

HealthCount failing() {
  HealthCount count = passing();
  for (int i = 0; i < 3; ++i) count.failed(kUsual);
  return count;
}

TEST(HealthCount, ANewOneNeedsASinglePass) {
  HealthCount count;
  EXPECT_EQ(count.state(), State::starting);
  EXPECT_FALSE(count.is_changing());
  EXPECT_TRUE(count.passed(kUsual));
  EXPECT_EQ(count.state(), State::passing);
}

TEST(HealthCount, ANewOneThatFailsIsStillStartingUntilItHasFallen) {
  HealthCount count;
  EXPECT_FALSE(count.failed(kUsual));
  EXPECT_FALSE(count.failed(kUsual));
  EXPECT_EQ(count.state(), State::starting);
  EXPECT_TRUE(count.is_changing());
  EXPECT_TRUE(count.passed(kUsual)) << "a single pass is enough all the same";
  EXPECT_EQ(count.state(), State::passing);
  EXPECT_FALSE(count.is_changing());
}

TEST(HealthCount, ANewOneThatFallsHasToRise) {
  HealthCount count;
  for (int i = 0; i < 3; ++i) count.failed(kUsual);
  EXPECT_EQ(count.state(), State::failing);
  EXPECT_FALSE(count.passed(kUsual));
  EXPECT_TRUE(count.passed(kUsual));
}

TEST(HealthCount, FallsAfterSoManyFailuresInARow) {
  HealthCount count = passing();
  EXPECT_FALSE(count.failed(kUsual));
  EXPECT_FALSE(count.failed(kUsual));
  EXPECT_EQ(count.in_a_row(), 2u);
  EXPECT_FALSE(count.passed(kUsual));  // not in a row
  EXPECT_FALSE(count.is_changing());
  EXPECT_FALSE(count.failed(kUsual));
  EXPECT_FALSE(count.failed(kUsual));
  EXPECT_TRUE(count.failed(kUsual));
  EXPECT_EQ(count.state(), State::failing);
  EXPECT_FALSE(count.is_changing());
  EXPECT_FALSE(count.failed(kUsual)) << "that is no news";
}

TEST(HealthCount, RisesAfterSoManyPassesInARow) {
  HealthCount count = failing();
  EXPECT_FALSE(count.passed(kUsual));
  EXPECT_TRUE(count.is_changing());
  EXPECT_FALSE(count.failed(kUsual));
  EXPECT_FALSE(count.passed(kUsual));
  EXPECT_TRUE(count.passed(kUsual));
  EXPECT_EQ(count.state(), State::passing);
}

TEST(HealthCount, OneOfEachIsEnoughWhereThatIsAskedFor) {
  const HealthSettings nervous = settings_of(1, 1);
  HealthCount count = passing();
  EXPECT_TRUE(count.failed(nervous));
  EXPECT_TRUE(count.passed(nervous));
  EXPECT_EQ(count.state(), State::passing);
}

// A reload may lower what it takes while it counts.
TEST(HealthCount, GoesByTheSettingsOfTheMoment) {
  HealthCount count = passing();
  count.failed(settings_of(10, 2));
  count.failed(settings_of(10, 2));
  EXPECT_TRUE(count.failed(settings_of(2, 2)));
}

TEST(HealthCount, WhoeverNobodyLooksAtServes) {
  HealthCount count = failing();
  count.assume_passing();
  EXPECT_EQ(count.state(), State::passing);
  EXPECT_FALSE(count.is_changing());
}

TEST(HealthCount, BeginsAnewWithWhatWasStartedAnew) {
  HealthCount count = failing();
  count.restart();
  EXPECT_EQ(count.state(), State::starting);
  EXPECT_TRUE(count.passed(kUsual));
}

}  // namespace
}  // namespace rota
