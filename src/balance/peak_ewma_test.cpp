#include "balance/peak_ewma.h"

#include <gtest/gtest.h>

#include "base/manual_clock.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

TEST(PeakEwma, BeginsWithItsFirstSample) {
  ManualClock clock;
  PeakEwma average;
  EXPECT_FALSE(average.has_value());
  average.add(3ms, clock.now());
  EXPECT_TRUE(average.has_value());
  EXPECT_EQ(average.value(), 3ms);
}

TEST(PeakEwma, RisesAtOnce) {
  ManualClock clock;
  PeakEwma average;
  average.add(1ms, clock.now());
  average.add(800ms, clock.now());
  EXPECT_EQ(average.value(), 800ms);
}

TEST(PeakEwma, FallsByWhatHasPassedOfItsTimeConstant) {
  ManualClock clock;
  PeakEwma average;
  average.add(1s, clock.now());
  clock.advance(PeakEwma::kTau);
  average.add(0s, clock.now());
  EXPECT_NEAR(static_cast<double>(average.value().count()), 1e9 / 2.718281828, 10);
}

TEST(PeakEwma, FallsAsFarHoweverOftenItIsAdded) {
  ManualClock clock;
  PeakEwma once;
  PeakEwma often;
  once.add(1s, clock.now());
  often.add(1s, clock.now());
  for (int i = 0; i < 100; ++i) {
    clock.advance(100ms);
    often.add(10ms, clock.now());
  }
  once.add(10ms, clock.now());
  EXPECT_NEAR(static_cast<double>(often.value().count()), static_cast<double>(once.value().count()), 1000);
}

TEST(PeakEwma, SamplesOfOneMomentDoNotPullItDown) {
  ManualClock clock;
  PeakEwma average;
  average.add(1s, clock.now());
  for (int i = 0; i < 1000; ++i) average.add(1ms, clock.now());
  EXPECT_EQ(average.value(), 1s);
}

TEST(PeakEwma, FastServicesDoNotReadAsZero) {
  ManualClock clock;
  PeakEwma average;
  average.add(900ns, clock.now());
  for (int i = 0; i < 1000; ++i) {
    clock.advance(100ms);
    average.add(700ns, clock.now());
  }
  EXPECT_NEAR(static_cast<double>(average.value().count()), 700, 1);
}

TEST(PeakEwma, ForgetsOnReset) {
  ManualClock clock;
  PeakEwma average;
  average.add(1s, clock.now());
  average.reset();
  EXPECT_FALSE(average.has_value());
  average.add(1ms, clock.now());
  EXPECT_EQ(average.value(), 1ms);
}

}  // namespace
}  // namespace rota
