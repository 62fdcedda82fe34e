#include "balance/breaker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "base/manual_clock.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using Admission = Breaker::Admission;
using State = Breaker::State;

struct BreakerStage {
  explicit BreakerStage(BreakerSettings wanted = {}, std::uint64_t seed = 1) : settings(wanted), rng(seed) {}

  BreakerSettings settings;
  Rng rng;
  ManualClock clock;
  Breaker breaker;

  void fail(int times = 1) {
    for (int i = 0; i < times; ++i) breaker.failed(settings, clock.now(), rng, false);
  }
  void succeed() { breaker.succeeded(clock.now(), false); }
  void open() { fail(static_cast<int>(settings.failures)); }
  Duration left() const { return breaker.open_until() - clock.now(); }
  Admission admit(bool may_try = true) { return breaker.admit(clock.now(), may_try); }
  void wait_for_trial() { clock.advance(std::max(Duration::zero(), left())); }
  void begin_trial() {
    wait_for_trial();
    ASSERT_EQ(admit(), Admission::trial);
  }
  void fail_trial() {
    begin_trial();
    breaker.failed(settings, clock.now(), rng, true);
  }
  void pass_trial() {
    begin_trial();
    breaker.succeeded(clock.now(), true);
  }
};

// What is left of `whole` after a jitter of up to a tenth; a millisecond is the word's precision.
void expect_jittered(Duration left, Duration whole) {
  EXPECT_GE(left, whole - whole / 10 - 1ms);
  EXPECT_LE(left, whole);
}

TEST(Breaker, LetsOneRequestThroughAfterItsPause) {
  BreakerStage stage;
  stage.open();
  EXPECT_EQ(stage.admit(), Admission::refused);
  stage.clock.advance(5s);
  EXPECT_EQ(stage.admit(), Admission::trial);
  EXPECT_EQ(stage.admit(), Admission::refused);  // half open: one at a time
}

TEST(Breaker, OpensAtSoManyFailuresInARowAndNoSooner) {
  BreakerStage stage;
  stage.fail(4);
  EXPECT_EQ(stage.breaker.failures_in_a_row(), 4u);
  EXPECT_EQ(stage.admit(), Admission::free);
  stage.succeed();
  EXPECT_EQ(stage.breaker.failures_in_a_row(), 0u);
  stage.fail(4);
  EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::closed);
  stage.fail();
  EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::open);
  EXPECT_EQ(stage.admit(), Admission::refused);
  EXPECT_EQ(stage.breaker.opened(), 1u);
}

TEST(Breaker, FailuresInARowAreNotForgottenWithTime) {
  BreakerStage stage;
  stage.fail(4);
  stage.clock.advance(10min);
  stage.fail();
  EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::open);
}

TEST(Breaker, IsQuietOnlyWhereNothingHasToBeAskedOrTold) {
  BreakerStage stage;
  EXPECT_TRUE(stage.breaker.is_quiet());
  stage.fail();
  EXPECT_FALSE(stage.breaker.is_quiet());
  stage.succeed();
  EXPECT_TRUE(stage.breaker.is_quiet());
  stage.open();
  EXPECT_FALSE(stage.breaker.is_quiet());
  stage.begin_trial();
  EXPECT_FALSE(stage.breaker.is_quiet());
  stage.breaker.succeeded(stage.clock.now(), true);
  EXPECT_TRUE(stage.breaker.is_quiet());  // although it remembers how long it was open
}

TEST(Breaker, StaysOpenForItsTimeLessUpToATenth) {
  Duration least = 1h;
  Duration most = 0s;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    BreakerStage stage({}, seed);
    stage.open();
    expect_jittered(stage.left(), 5s);
    least = std::min(least, stage.left());
    most = std::max(most, stage.left());
    stage.clock.advance(stage.left() - 2ms);
    EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::open);
    EXPECT_EQ(stage.admit(), Admission::refused);
    stage.clock.advance(2ms);
    EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::half_open);
  }
  EXPECT_LT(least, 4550ms);  // all of the tenth is made use of
  EXPECT_GT(most, 4950ms);
}

TEST(Breaker, DoublesItsTimeWithEachTrialThatFailsAndStopsAtItsMost) {
  BreakerStage stage;
  stage.open();
  for (const Duration whole : {5s, 10s, 20s, 40s, 60s, 60s, 60s}) {
    expect_jittered(stage.left(), whole);
    stage.fail_trial();
  }
  for (int i = 0; i < 100; ++i) stage.fail_trial();  // far more than it counts
  expect_jittered(stage.left(), 60s);
}

TEST(Breaker, AMostBelowTheFirstTimeDoesNotShortenIt) {
  BreakerStage stage({.open = 5s, .max_open = 1s});
  stage.open();
  expect_jittered(stage.left(), 5s);
  stage.fail_trial();
  expect_jittered(stage.left(), 5s);
}

// It was no recovery: who closes only to open again goes on doubling.
TEST(Breaker, GoesOnDoublingWhereItOpensAgainSoon) {
  BreakerStage stage;
  stage.open();
  stage.fail_trial();
  stage.fail_trial();  // open for 20 s
  stage.pass_trial();
  stage.clock.advance(39s);
  stage.open();
  expect_jittered(stage.left(), 40s);
}

TEST(Breaker, BeginsAnewAfterItHasBeenQuietForTwiceItsTime) {
  BreakerStage stage;
  stage.open();
  stage.fail_trial();
  stage.fail_trial();
  stage.pass_trial();
  stage.clock.advance(41s);
  stage.open();
  expect_jittered(stage.left(), 5s);
}

TEST(Breaker, QuietIsAWindowAtLeast) {
  BreakerStage stage({.window = 30s});
  stage.open();
  stage.pass_trial();
  stage.clock.advance(29s);
  stage.open();
  expect_jittered(stage.left(), 10s);
  stage.pass_trial();
  stage.clock.advance(31s);
  stage.open();
  expect_jittered(stage.left(), 5s);
}

TEST(Breaker, OnlyWhatCouldBeRepeatedIsATrial) {
  BreakerStage stage;
  stage.open();
  stage.clock.advance(5s);
  EXPECT_EQ(stage.admit(false), Admission::refused);
  EXPECT_EQ(stage.admit(true), Admission::trial);
}

TEST(Breaker, ATrialThatSaidNothingLeavesTheNextOneAtOnce) {
  BreakerStage stage;
  stage.open();
  stage.begin_trial();
  stage.breaker.abandoned(true);
  EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::half_open);
  EXPECT_EQ(stage.admit(), Admission::trial);
  EXPECT_EQ(stage.admit(), Admission::refused);
  EXPECT_EQ(stage.breaker.half_opened(), 2u);
}

TEST(Breaker, ATrialThatSucceedsClosesIt) {
  BreakerStage stage;
  stage.open();
  stage.pass_trial();
  EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::closed);
  EXPECT_EQ(stage.breaker.failures_in_a_row(), 0u);
  EXPECT_EQ(stage.admit(false), Admission::free);
  EXPECT_EQ(stage.breaker.closed(), 1u);
}

// Attempts that were under way when it opened end while it is open, or on trial.
TEST(Breaker, LateOutcomesChangeNothing) {
  BreakerStage stage;
  stage.open();
  const TimePoint until = stage.breaker.open_until();
  stage.clock.advance(1s);
  stage.fail(20);
  stage.succeed();
  stage.breaker.abandoned(false);
  EXPECT_EQ(stage.breaker.open_until(), until);
  EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::open);

  stage.begin_trial();
  stage.fail(20);
  stage.succeed();
  stage.breaker.abandoned(false);
  EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::half_open);
  EXPECT_EQ(stage.admit(), Admission::refused) << "the lease is still out";
  EXPECT_EQ(stage.breaker.opened(), 1u);
  EXPECT_EQ(stage.breaker.closed(), 0u);
}

TEST(Breaker, WithoutFailuresOnlyItsRatioOpensIt) {
  BreakerStage stage({.failures = 0});
  stage.fail(2000);
  EXPECT_TRUE(stage.breaker.is_quiet());
  stage.breaker.trip(stage.settings, stage.clock.now(), stage.rng);
  expect_jittered(stage.left(), 5s);
  stage.fail_trial();  // a trial is another thing
  expect_jittered(stage.left(), 10s);
}

TEST(Breaker, IsTrippedFromClosedOnly) {
  BreakerStage stage;
  stage.open();
  const TimePoint until = stage.breaker.open_until();
  stage.clock.advance(1s);
  stage.breaker.trip(stage.settings, stage.clock.now(), stage.rng);
  EXPECT_EQ(stage.breaker.open_until(), until);
  stage.begin_trial();
  stage.breaker.trip(stage.settings, stage.clock.now(), stage.rng);
  stage.breaker.succeeded(stage.clock.now(), true);
  EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::closed);
  EXPECT_EQ(stage.breaker.opened(), 1u);
}

TEST(Breaker, ResetForgetsEverythingButItsCounts) {
  BreakerStage stage;
  stage.open();
  stage.fail_trial();
  stage.breaker.reset();
  EXPECT_TRUE(stage.breaker.is_quiet());
  EXPECT_EQ(stage.breaker.opened(), 2u);
  EXPECT_EQ(stage.breaker.half_opened(), 1u);
  EXPECT_EQ(stage.breaker.closed(), 1u);
  stage.open();
  expect_jittered(stage.left(), 5s);
  stage.breaker.reset();
  stage.breaker.reset();  // it was closed already
  EXPECT_EQ(stage.breaker.closed(), 2u);
}

// Whoever holds a lease when the breaker is reset has nothing left to end.
TEST(Breaker, ATrialThatAResetOvertookIsAnAttemptLikeOthers) {
  BreakerStage stage;
  stage.open();
  stage.begin_trial();
  stage.breaker.reset();
  stage.breaker.failed(stage.settings, stage.clock.now(), stage.rng, true);
  EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::closed);
  EXPECT_EQ(stage.breaker.failures_in_a_row(), 1u);
}

// It ends when it ends, perhaps in the middle of the next trial: that is not its to end.
TEST(Breaker, ALeaseThatAResetOvertookKeepsOthersFromBeingGivenAndEndsNoOther) {
  for (const int end : {0, 1, 2}) {
    BreakerStage stage;
    stage.open();
    stage.begin_trial();
    stage.breaker.reset();
    stage.open();
    const TimePoint until = stage.breaker.open_until();
    stage.wait_for_trial();
    EXPECT_EQ(stage.admit(), Admission::refused) << "one is still out";
    if (end == 0) stage.breaker.succeeded(stage.clock.now(), true);
    if (end == 1) stage.breaker.failed(stage.settings, stage.clock.now(), stage.rng, true);
    if (end == 2) stage.breaker.abandoned(true);
    EXPECT_EQ(stage.breaker.open_until(), until);
    EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::half_open);
    EXPECT_EQ(stage.admit(), Admission::trial) << end;
    stage.breaker.succeeded(stage.clock.now(), true);
    EXPECT_EQ(stage.breaker.state(stage.clock.now()), State::closed);
  }
}

// Many workers at once: no two leases at a time, and every transition counted exactly once.
TEST(Breaker, GivesOneLeaseAtATimeToAnyNumberOfThreads) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 50'000;
  constexpr BreakerSettings kSettings{.failures = 3, .open = 4ms, .max_open = 8ms};
  Breaker breaker;
  std::atomic<std::int64_t> time = 1'000'000'000;
  std::atomic<int> leases = 0;
  std::atomic<int> doubled = 0;
  std::atomic<std::uint64_t> trials = 0;
  std::atomic<std::uint64_t> failed_trials = 0;
  std::atomic<std::uint64_t> passed_trials = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t seed = 0; seed < kThreads; ++seed) {
      threads.emplace_back([&, seed] {
        Rng rng(seed);
        for (int i = 0; i < kRounds; ++i) {
          const TimePoint now{Duration{time.fetch_add(100'000)}};
          const Admission admission = breaker.admit(now, rng.below(8) != 0);
          const bool trial = admission == Admission::trial;
          if (trial) {
            trials.fetch_add(1);
            if (leases.fetch_add(1) != 0) doubled.fetch_add(1);
            if (rng.below(2) == 0) std::this_thread::yield();
            leases.fetch_sub(1);
          }
          const std::uint64_t fate = rng.below(3);
          if (fate == 0) {
            if (trial) passed_trials.fetch_add(1);
            breaker.succeeded(now, trial);
          } else if (fate == 1) {
            if (trial) failed_trials.fetch_add(1);
            breaker.failed(kSettings, now, rng, trial);
          } else {
            breaker.abandoned(trial);
          }
        }
      });
    }
  }
  EXPECT_EQ(doubled.load(), 0);
  EXPECT_GT(passed_trials.load(), 0u);
  EXPECT_GT(failed_trials.load(), 0u);
  EXPECT_EQ(breaker.half_opened(), trials.load());
  EXPECT_EQ(breaker.closed(), passed_trials.load());
  const bool is_closed = breaker.state(TimePoint{}) == State::closed;
  EXPECT_EQ(breaker.opened() - failed_trials.load(), breaker.closed() + (is_closed ? 0 : 1));
}

TEST(Breaker, GivesOneLeaseAtATimeWhileItIsReset) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 50'000;
  constexpr BreakerSettings kSettings{.failures = 3, .open = 4ms, .max_open = 8ms};
  Breaker breaker;
  std::atomic<std::int64_t> time = 1'000'000'000;
  std::atomic<int> leases = 0;
  std::atomic<int> doubled = 0;
  std::atomic<std::uint64_t> trials = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t seed = 0; seed < kThreads; ++seed) {
      threads.emplace_back([&, seed] {
        Rng rng(seed);
        for (int i = 0; i < kRounds; ++i) {
          const TimePoint now{Duration{time.fetch_add(100'000)}};
          const Admission admission = breaker.admit(now, rng.below(8) != 0);
          const bool trial = admission == Admission::trial;
          if (trial) {
            trials.fetch_add(1);
            if (leases.fetch_add(1) != 0) doubled.fetch_add(1);
            if (rng.below(2) == 0) std::this_thread::yield();
          }
          if (rng.below(trial ? 4 : 500) == 0) breaker.reset();
          if (trial) leases.fetch_sub(1);
          const std::uint64_t fate = rng.below(3);
          if (fate == 0) {
            breaker.succeeded(now, trial);
          } else if (fate == 1) {
            breaker.failed(kSettings, now, rng, trial);
          } else {
            breaker.abandoned(trial);
          }
        }
      });
    }
  }
  EXPECT_EQ(doubled.load(), 0);
  EXPECT_GT(trials.load(), 500u);
  EXPECT_EQ(breaker.half_opened(), trials.load());
  breaker.reset();
  Rng rng(1);
  breaker.trip(kSettings, TimePoint{Duration{time.load()}}, rng);
  EXPECT_EQ(breaker.admit(TimePoint{Duration{time.load()} + 1s}, true), Admission::trial) << "no lease has got lost";
}

}  // namespace
}  // namespace rota
