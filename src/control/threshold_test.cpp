#include "control/threshold.h"

#include <gtest/gtest.h>

#include "base/manual_clock.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

struct ThresholdStage {
  ManualClock clock;
  Threshold threshold{3, 2};

  bool judge(bool above) {
    clock.advance(1s);
    return threshold.judge(above, !above, clock.now());
  }
  void go_over() {
    while (!threshold.is_over()) judge(true);
  }
  // How long it is over, if nothing speaks for it from the moment on.
  Duration held() {
    go_over();
    const TimePoint since = clock.now();
    while (threshold.is_over()) judge(false);
    return clock.now() - since;
  }
};

TEST(Threshold, TakesSoManyJudgementsInARow) {
  ThresholdStage stage;
  EXPECT_FALSE(stage.judge(true));
  EXPECT_FALSE(stage.judge(true));
  EXPECT_FALSE(stage.judge(false));
  EXPECT_FALSE(stage.judge(true));
  EXPECT_FALSE(stage.judge(true));
  EXPECT_TRUE(stage.judge(true));
  EXPECT_TRUE(stage.threshold.is_over());
  EXPECT_FALSE(stage.judge(true)) << "that is no news";
}

TEST(Threshold, ComesBackAfterSoManyJudgementsInARow) {
  ThresholdStage stage;
  stage.go_over();
  stage.clock.advance(10s);
  EXPECT_FALSE(stage.judge(false));
  EXPECT_FALSE(stage.judge(true));
  EXPECT_FALSE(stage.judge(false));
  EXPECT_TRUE(stage.judge(false));
  EXPECT_FALSE(stage.threshold.is_over());
}

// Neither above nor far enough below: it stays as it is, either way.
TEST(Threshold, BetweenTheTwoNothingChanges) {
  ThresholdStage stage;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(stage.threshold.judge(false, false, stage.clock.now()));
  stage.go_over();
  stage.clock.advance(1min);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(stage.threshold.judge(false, false, stage.clock.now()));
  EXPECT_TRUE(stage.threshold.is_over());
}

TEST(Threshold, StaysOutForAWhileHoweverWellItLooks) {
  ThresholdStage stage;
  stage.threshold = Threshold(1, 1);
  stage.go_over();
  const TimePoint since = stage.clock.now();
  EXPECT_FALSE(stage.threshold.judge(false, true, since + Threshold::kFirstHold - 1ms));
  EXPECT_TRUE(stage.threshold.judge(false, true, since + Threshold::kFirstHold)) << "what came before counts";
}

TEST(Threshold, StaysOutTwiceAsLongWhereItGoesOutAgainSoon) {
  ThresholdStage stage;
  for (const Duration hold : {2s, 4s, 8s, 16s, 32s, 60s, 60s}) EXPECT_EQ(stage.held(), hold);
}

TEST(Threshold, BeginsAnewAfterAMinuteOfPeace) {
  ThresholdStage stage;
  stage.held();
  EXPECT_EQ(stage.held(), 4s);
  stage.clock.advance(Threshold::kSoon);
  EXPECT_EQ(stage.held(), 2s);
}

// What counts is the time since its return, not since it went out.
TEST(Threshold, SoonIsCountedFromItsReturn) {
  ThresholdStage stage;
  stage.go_over();
  for (int i = 0; i < 300; ++i) stage.judge(true);
  stage.judge(false);
  stage.judge(false);
  ASSERT_FALSE(stage.threshold.is_over());
  stage.clock.advance(Threshold::kSoon - 4s);
  EXPECT_EQ(stage.held(), 4s);
}

TEST(Threshold, ForgetsOnReset) {
  ThresholdStage stage;
  stage.held();
  stage.go_over();
  stage.threshold.reset();
  EXPECT_FALSE(stage.threshold.is_over());
  EXPECT_EQ(stage.held(), 2s);
}

}  // namespace
}  // namespace rota
