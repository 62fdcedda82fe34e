#include "control/watched_instance.h"

#include <gtest/gtest.h>

#include "balance/fleet_rule.h"
#include "base/manual_clock.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using Condition = InstanceCondition;

ServiceSettings with_latency(Duration latency) {
  ServiceSettings settings;
  settings.health.latency = latency;
  return settings;
}

// One instance, whose workers and probes are the test.
struct InstanceStage {
  explicit InstanceStage(ServiceSettings wanted = {}, std::string ignored = {})
      : settings(std::move(wanted)),
        state(std::make_shared<InstanceState>(std::make_shared<Slots>(), 1)),
        instance({.identity = "a", .address = {}, .weight = 1, .ignored = std::move(ignored)}, settings, state),
        cells(state->cells.of(0)) {}

  void probe(bool passed, Duration took = 1ms) {
    instance.probed(passed, passed ? "200 in 1.0 ms" : "503, not 200-399", took, clock.now(), clock.wall(), rng);
  }
  void probe_times(int times, bool passed, Duration took = 1ms) {
    for (int i = 0; i < times; ++i) probe(passed, took);
  }
  void look() { instance.look(clock.now(), reading, rng); }
  // As the manager does it: ten looks a second, and a judgement behind each tenth.
  void run_for(Duration duration) {
    for (Duration passed = 0s; passed < duration; passed += 100ms) {
      clock.advance(100ms);
      if (on_look) on_look();
      look();
      if (++looks % 10 == 0) instance.judge(clock.now());
    }
  }
  void answer(std::uint16_t status, int times = 1, Duration latency = 1ms) {
    for (int i = 0; i < times; ++i) {
      cells.answers.add(status);
      cells.latency.record(latency);
    }
  }
  void begin_waiting() {
    const std::int64_t now = clock.now().time_since_epoch().count();
    cells.waiting.add(1);
    cells.waiting_since.add(now);
    if (cells.oldest.value() == 0) cells.oldest.set(now);
  }
  void read(std::optional<double> cpu, std::optional<double> memory = std::nullopt) {
    clock.advance(1s);
    reading = SystemReading{.cpu = cpu, .memory = memory, .at = clock.now(), .interval = 1s};
    look();
  }
  void open_breaker() {
    for (int i = 0; i < 5; ++i) state->breaker.failed(settings.breaker, clock.now(), rng, false);
    look();
  }
  void be_half_open() {
    open_breaker();
    clock.advance(5s);
    look();
  }
  Condition condition() const { return instance.condition(clock.now()); }
  std::string reason() const { return instance.reason(clock.now()); }
  std::uint32_t percent(bool is_out = false) const { return instance.share(is_out, clock.now()).percent; }
  double badness() const { return instance.badness(clock.now()); }

  ManualClock clock;
  Rng rng{1};
  ServiceSettings settings;
  std::shared_ptr<InstanceState> state;
  WatchedInstance instance;
  InstanceCells& cells;
  std::optional<SystemReading> reading;
  std::function<void()> on_look;
  int looks = 0;
};

// ---- probes

TEST(WatchedInstance, GetsNothingUntilItsFirstProbePasses) {
  InstanceStage stage;
  EXPECT_EQ(stage.condition(), Condition::starting);
  EXPECT_EQ(stage.reason(), "no probe has passed yet");
  EXPECT_FALSE(stage.instance.could_serve());
  EXPECT_EQ(stage.percent(), 0u);
  stage.probe(false);
  EXPECT_EQ(stage.condition(), Condition::starting);
  EXPECT_EQ(stage.reason(), "no probe has passed yet: 503, not 200-399");
  EXPECT_TRUE(stage.instance.has_been_looked_at());
  stage.probe(true);
  EXPECT_EQ(stage.condition(), Condition::healthy);
  EXPECT_EQ(stage.reason(), "");
  EXPECT_EQ(stage.percent(), 100u);
}

TEST(WatchedInstance, OneThatIsIgnoredNeverServes) {
  InstanceStage stage({}, "its label rota.port is no number");
  stage.probe_times(3, true);
  EXPECT_EQ(stage.condition(), Condition::ignored);
  EXPECT_EQ(stage.reason(), "its label rota.port is no number");
  EXPECT_FALSE(stage.instance.could_serve());
  EXPECT_EQ(stage.percent(), 0u);
}

TEST(WatchedInstance, FailsByItsProbesAndSaysHow) {
  InstanceStage stage;
  stage.probe(true);
  stage.probe_times(2, false);
  EXPECT_EQ(stage.condition(), Condition::healthy);
  EXPECT_TRUE(stage.instance.wants_fast_probes());
  stage.probe(false);
  EXPECT_EQ(stage.condition(), Condition::failing);
  EXPECT_EQ(stage.reason(), "its probes fail: 503, not 200-399");
  EXPECT_EQ(stage.percent(), 0u);
  EXPECT_FALSE(stage.instance.could_serve());
}

TEST(WatchedInstance, ARefusedAttemptCountsAsAFailedProbe) {
  InstanceStage stage;
  stage.probe(true);
  stage.instance.refused(stage.clock.now());
  EXPECT_EQ(stage.condition(), Condition::healthy);
  EXPECT_TRUE(stage.instance.wants_fast_probes());
  stage.probe(false);
  stage.instance.refused(stage.clock.now());
  EXPECT_EQ(stage.condition(), Condition::failing);
  EXPECT_EQ(stage.reason(), "its probes fail: refused");
}

TEST(WatchedInstance, WithoutProbesItServesWhateverHappens) {
  ServiceSettings settings;
  settings.health.interval = 0s;
  InstanceStage stage(settings);
  EXPECT_EQ(stage.condition(), Condition::healthy);
  for (int i = 0; i < 10; ++i) stage.instance.refused(stage.clock.now());
  EXPECT_EQ(stage.condition(), Condition::healthy);
  EXPECT_EQ(stage.percent(), 100u);
}

TEST(WatchedInstance, WhoseProbesAreTurnedOffServes) {
  InstanceStage stage;
  stage.probe_times(3, false);
  ASSERT_EQ(stage.condition(), Condition::failing);
  stage.settings.health.interval = 0s;
  stage.instance.ask(stage.instance.asked());
  EXPECT_EQ(stage.condition(), Condition::healthy);
}

TEST(WatchedInstance, ComesBackLittleByLittle) {
  InstanceStage stage;
  stage.probe(true);
  stage.probe_times(3, false);
  stage.probe(true);
  EXPECT_EQ(stage.condition(), Condition::failing);
  stage.probe(true);
  EXPECT_EQ(stage.condition(), Condition::healthy);
  EXPECT_EQ(stage.percent(), 10u);
  EXPECT_EQ(stage.reason(), "has just come back: 10 % of its weight");
  for (const std::uint32_t percent : {25u, 50u, 75u, 100u}) {
    stage.run_for(2500ms);
    EXPECT_EQ(stage.percent(), percent);
  }
  EXPECT_EQ(stage.reason(), "");
}

TEST(WatchedInstance, ComesBackWithACleanSlate) {
  InstanceStage stage(with_latency(100ms));
  stage.probe(true);
  stage.open_breaker();
  stage.on_look = [&stage] { stage.answer(200, 1, 1s); };
  stage.run_for(5s);
  stage.on_look = nullptr;
  stage.probe_times(3, false);
  ASSERT_EQ(stage.condition(), Condition::failing);
  stage.probe_times(2, true);
  EXPECT_EQ(stage.condition(), Condition::healthy);
  EXPECT_TRUE(stage.state->breaker.is_quiet());
  stage.run_for(5s);
  EXPECT_EQ(stage.condition(), Condition::healthy) << "what it had been like before does not count";
}

// ---- the breaker

TEST(WatchedInstance, OpensByFailuresInARow) {
  InstanceStage stage;
  stage.probe(true);
  stage.open_breaker();
  EXPECT_EQ(stage.condition(), Condition::open);
  EXPECT_EQ(stage.reason(), "5 attempts in a row failed");
  EXPECT_GT(stage.badness(), 0);
  EXPECT_EQ(stage.percent(true), 0u);
  EXPECT_TRUE(stage.instance.could_serve()) << "the rule for small fleets may keep it in";
  EXPECT_EQ(stage.instance.share(false, stage.clock.now()), (InstanceShare{.percent = kKeptInPercent, .kept_in = true}));
}

TEST(WatchedInstance, APassingProbeDoesNotCloseItsBreaker) {
  InstanceStage stage;
  stage.probe(true);
  stage.open_breaker();
  stage.probe_times(10, true);
  stage.look();
  EXPECT_EQ(stage.condition(), Condition::open);
}

TEST(WatchedInstance, StandsInTheWheelForItsTrial) {
  InstanceStage stage;
  stage.probe(true);
  stage.be_half_open();
  EXPECT_EQ(stage.condition(), Condition::open);
  EXPECT_EQ(stage.reason(), "5 attempts in a row failed; one request tries it");
  EXPECT_EQ(stage.badness(), 0);
  EXPECT_EQ(stage.instance.share(false, stage.clock.now()), InstanceShare{});
}

TEST(WatchedInstance, RampsAfterATrialThatSucceeded) {
  InstanceStage stage;
  stage.probe(true);
  stage.be_half_open();
  ASSERT_EQ(stage.state->breaker.admit(stage.clock.now(), true), Breaker::Admission::trial);
  stage.state->breaker.succeeded(stage.clock.now(), true);
  stage.look();
  EXPECT_EQ(stage.condition(), Condition::healthy);
  EXPECT_EQ(stage.percent(), 10u);
}

TEST(WatchedInstance, SaysThatItsTrialFailed) {
  InstanceStage stage;
  stage.probe(true);
  stage.be_half_open();
  ASSERT_EQ(stage.state->breaker.admit(stage.clock.now(), true), Breaker::Admission::trial);
  stage.state->breaker.failed(stage.settings.breaker, stage.clock.now(), stage.rng, true);
  stage.look();
  EXPECT_EQ(stage.condition(), Condition::open);
  EXPECT_EQ(stage.reason(), "its trial failed");
}

// A service that gets nothing but POSTs would never close a breaker again: they are no trials.
TEST(WatchedInstance, AProbeIsTheTrialWhereNoRequestCameByForAnInterval) {
  InstanceStage stage;
  stage.probe(true);
  stage.be_half_open();
  stage.probe(true);
  EXPECT_NE(stage.state->breaker.state(stage.clock.now()), Breaker::State::closed) << "a request has the first try";
  stage.clock.advance(5s);
  stage.probe(true);
  stage.look();
  EXPECT_EQ(stage.condition(), Condition::healthy);
  EXPECT_EQ(stage.percent(), 10u);
}

TEST(WatchedInstance, AProbeThatFailsAsTheTrialOpensItAgain) {
  InstanceStage stage;
  stage.probe(true);
  stage.be_half_open();
  stage.clock.advance(5s);
  stage.probe(false);
  stage.look();
  EXPECT_EQ(stage.state->breaker.state(stage.clock.now()), Breaker::State::open);
  EXPECT_EQ(stage.reason(), "its trial failed");
}

TEST(WatchedInstance, AProbeLeavesATrialThatIsUnderWayAlone) {
  InstanceStage stage;
  stage.probe(true);
  stage.be_half_open();
  ASSERT_EQ(stage.state->breaker.admit(stage.clock.now(), true), Breaker::Admission::trial);
  stage.clock.advance(1min);
  stage.probe(true);
  EXPECT_EQ(stage.state->breaker.state(stage.clock.now()), Breaker::State::half_open);
}

TEST(WatchedInstance, OpensByTheShareOfItsFailures) {
  InstanceStage stage;
  stage.probe(true);
  stage.run_for(1s);
  stage.answer(200, 10);
  stage.answer(500, 2);
  stage.answer(502, 2);
  stage.answer(503, 2);
  stage.answer(504, 2);
  stage.cells.broken.add();
  stage.run_for(1s);
  EXPECT_EQ(stage.condition(), Condition::healthy) << "19 attempts are too few";
  stage.cells.broken.add();
  stage.run_for(1s);
  EXPECT_EQ(stage.condition(), Condition::open);
  EXPECT_EQ(stage.reason(), "10 of 20 attempts within 10s failed");
  EXPECT_EQ(stage.state->breaker.opened(), 1u);
}

TEST(WatchedInstance, StaysClosedBelowThatShare) {
  InstanceStage stage;
  stage.probe(true);
  stage.run_for(1s);
  stage.answer(200, 101);
  stage.answer(500, 99);
  stage.answer(404, 50);  // not the instance's fault
  stage.answer(501, 50);
  stage.run_for(5s);
  EXPECT_EQ(stage.condition(), Condition::healthy);
}

TEST(WatchedInstance, CountsOnlyFailuresWithinTheWindow) {
  InstanceStage stage;
  stage.probe(true);
  stage.run_for(1s);
  stage.answer(500, 19);
  stage.run_for(12s);
  stage.answer(200, 10);
  stage.answer(500, 9);
  stage.run_for(2s);
  EXPECT_EQ(stage.condition(), Condition::healthy);
  stage.answer(500, 1);
  stage.run_for(1s);
  EXPECT_EQ(stage.condition(), Condition::open);
}

TEST(WatchedInstance, ARatioThatIsOffOpensNothing) {
  ServiceSettings settings;
  settings.breaker.ratio = 0;
  InstanceStage stage(settings);
  stage.probe(true);
  stage.run_for(1s);
  stage.answer(500, 1000);
  stage.run_for(5s);
  EXPECT_EQ(stage.condition(), Condition::healthy);
}

// What opened it is over when it closes: the same failures do not open it again.
TEST(WatchedInstance, TheSameFailuresOpenItOnce) {
  InstanceStage stage;
  stage.probe(true);
  stage.run_for(1s);
  stage.answer(500, 100);
  stage.run_for(6s);
  ASSERT_EQ(stage.state->breaker.admit(stage.clock.now(), true), Breaker::Admission::trial);
  stage.answer(200);
  stage.state->breaker.succeeded(stage.clock.now(), true);
  stage.run_for(1s);
  stage.answer(200, 20);
  stage.run_for(10s);
  EXPECT_EQ(stage.condition(), Condition::healthy);
  EXPECT_EQ(stage.state->breaker.opened(), 1u);
}

// ---- slow

TEST(WatchedInstance, IsSlowAfterThreeJudgements) {
  InstanceStage stage(with_latency(100ms));
  stage.probe(true);
  stage.on_look = [&stage] { stage.answer(200, 3, 300ms); };
  stage.run_for(2900ms);
  EXPECT_EQ(stage.condition(), Condition::healthy);
  stage.run_for(100ms);
  EXPECT_EQ(stage.condition(), Condition::slow);
  EXPECT_EQ(stage.reason(), "300 ms to the response head, above 100ms");
  EXPECT_GT(stage.badness(), 0);
}

TEST(WatchedInstance, IsNotSlowByOneSlowAnswerAmongMany) {
  InstanceStage stage(with_latency(100ms));
  stage.probe(true);
  stage.on_look = [&stage] {
    stage.answer(200, 99, 1ms);
    stage.answer(200, 1, 500ms);
  };
  stage.run_for(30s);
  EXPECT_EQ(stage.condition(), Condition::healthy);
}

TEST(WatchedInstance, IsNotSlowWhereThatIsOff) {
  InstanceStage stage;
  stage.probe(true);
  stage.on_look = [&stage] { stage.answer(200, 3, 30s); };
  stage.run_for(10s);
  EXPECT_EQ(stage.condition(), Condition::healthy);
}

// An instance that answers nothing any more has no answers to be judged by.
TEST(WatchedInstance, TheAgeOfWhatWaitsCounts) {
  InstanceStage stage(with_latency(100ms));
  stage.probe(true);
  stage.on_look = [&stage] { stage.answer(200, 1, 1ms); };
  stage.run_for(1s);
  stage.on_look = nullptr;
  stage.begin_waiting();
  stage.run_for(3s);
  EXPECT_EQ(stage.condition(), Condition::slow);
  EXPECT_EQ(stage.reason(), "3 s to the response head, above 100ms");
}

TEST(WatchedInstance, ReturnsFromSlowByQuickProbes) {
  InstanceStage stage(with_latency(100ms));
  stage.probe(true);
  stage.on_look = [&stage] { stage.answer(200, 1, 300ms); };
  stage.run_for(3s);
  stage.on_look = nullptr;
  ASSERT_EQ(stage.condition(), Condition::slow);
  stage.probe_times(5, true, 200ms);
  stage.run_for(5s);
  EXPECT_EQ(stage.condition(), Condition::slow) << "its probes pass, but slowly";
  stage.probe(true, 50ms);
  stage.probe(true, 200ms);
  stage.probe(true, 50ms);
  stage.run_for(2s);
  EXPECT_EQ(stage.condition(), Condition::slow) << "not two in a row";
  stage.probe(true, 100ms);
  stage.run_for(1s);
  EXPECT_EQ(stage.condition(), Condition::healthy);
  EXPECT_EQ(stage.percent(), 10u);
  stage.run_for(5s);
  EXPECT_EQ(stage.condition(), Condition::healthy) << "what it was slow by is forgotten";
}

TEST(WatchedInstance, ThatIsSlowAgainSoonStaysOutLonger) {
  InstanceStage stage(with_latency(100ms));
  stage.probe(true);
  const auto be_slow = [&stage] {
    stage.on_look = [&stage] { stage.answer(200, 1, 300ms); };
    while (stage.condition() != Condition::slow) stage.run_for(100ms);
    stage.on_look = [&stage] { stage.probe(true); };
    const TimePoint since = stage.clock.now();
    while (stage.condition() == Condition::slow) stage.run_for(100ms);
    return stage.clock.now() - since;
  };
  for (const Duration out : {2s, 4s, 8s, 16s}) EXPECT_EQ(be_slow(), out);
}

// ---- overloaded

TEST(WatchedInstance, IsOverloadedAboveItsThresholdTwiceRunning) {
  InstanceStage stage;
  stage.probe(true);
  stage.read(0.81, 0.4);
  for (int i = 0; i < 10; ++i) stage.look();  // the same reading counts once
  EXPECT_EQ(stage.condition(), Condition::healthy);
  stage.read(0.5, 0.4);
  stage.read(0.81, 0.4);
  EXPECT_EQ(stage.condition(), Condition::healthy) << "not twice running";
  stage.read(0.90, 0.4);
  EXPECT_EQ(stage.condition(), Condition::overloaded);
  EXPECT_EQ(stage.reason(), "CPU 90 %, memory 40 %");
  EXPECT_GT(stage.badness(), 0);
}

TEST(WatchedInstance, IsOverloadedByItsMemoryToo) {
  InstanceStage stage;
  stage.probe(true);
  stage.read(std::nullopt, 0.95);
  stage.read(std::nullopt, 0.95);
  EXPECT_EQ(stage.condition(), Condition::overloaded);
  EXPECT_EQ(stage.reason(), "memory 95 %");
}

TEST(WatchedInstance, ExactlyItsThresholdIsNotAbove) {
  InstanceStage stage;
  stage.probe(true);
  for (int i = 0; i < 5; ++i) stage.read(0.80, 0.80);
  EXPECT_EQ(stage.condition(), Condition::healthy);
}

TEST(WatchedInstance, WhatIsOffDoesNotOverloadIt) {
  ServiceSettings settings;
  settings.health.cpu = 0;
  InstanceStage stage(settings);
  stage.probe(true);
  for (int i = 0; i < 5; ++i) stage.read(3.0, 0.4);
  EXPECT_EQ(stage.condition(), Condition::healthy);
}

TEST(WatchedInstance, ReturnsTenPointsBelowTwiceRunning) {
  InstanceStage stage;
  stage.probe(true);
  stage.read(0.9, 0.4);
  stage.read(0.9, 0.4);
  for (int i = 0; i < 5; ++i) stage.read(0.71, 0.4);
  EXPECT_EQ(stage.condition(), Condition::overloaded) << "below, but not far enough";
  stage.read(0.69, 0.4);
  stage.read(0.69, 0.75);
  stage.read(0.69, 0.4);
  EXPECT_EQ(stage.condition(), Condition::overloaded) << "both have to be, twice running";
  stage.read(0.69, 0.4);
  EXPECT_EQ(stage.condition(), Condition::healthy);
  EXPECT_EQ(stage.percent(), 10u);
}

TEST(WatchedInstance, StaysOutTwiceAsLongWhereItIsOverloadedAgainWithinAMinute) {
  InstanceStage stage;
  stage.probe(true);
  const auto readings_out = [&stage] {
    while (stage.condition() != Condition::overloaded) stage.read(0.9);
    int readings = 0;
    for (; stage.condition() == Condition::overloaded; ++readings) stage.read(0.1);
    return readings;
  };
  for (const int readings : {2, 4, 8, 16, 32, 60, 60}) EXPECT_EQ(readings_out(), readings);
}

TEST(WatchedInstance, AStaleReadingCountsAsUnknown) {
  InstanceStage stage;
  stage.probe(true);
  stage.read(0.9);
  stage.read(0.9);
  ASSERT_EQ(stage.condition(), Condition::overloaded);
  stage.run_for(3s);
  EXPECT_EQ(stage.condition(), Condition::overloaded);
  stage.run_for(100ms);
  EXPECT_EQ(stage.condition(), Condition::healthy);
  InstanceView view;
  stage.instance.describe(view, stage.clock.now());
  EXPECT_FALSE(view.cpu);
}

TEST(WatchedInstance, AReadingThatWasStaleWhenItCameOverloadsNobody) {
  InstanceStage stage;
  stage.probe(true);
  for (int i = 0; i < 5; ++i) {
    stage.reading = SystemReading{.cpu = 0.99, .memory = {}, .at = stage.clock.now() - 10s + Duration{i}, .interval = 1s};
    stage.look();
  }
  EXPECT_EQ(stage.condition(), Condition::healthy);
}

// ---- hanging

TEST(WatchedInstance, IsSuspectWhenAnAttemptHangs) {
  InstanceStage stage;
  stage.probe(true);
  stage.on_look = [&stage] { stage.answer(200, 1, 10ms); };
  stage.run_for(3s);
  stage.begin_waiting();
  stage.run_for(900ms);
  EXPECT_FALSE(stage.instance.is_suspect());
  stage.run_for(100ms);
  EXPECT_TRUE(stage.instance.is_suspect());
  EXPECT_TRUE(stage.instance.wants_fast_probes());
  EXPECT_EQ(stage.condition(), Condition::healthy) << "whether it has died is for a probe to say";
  stage.probe(true);
  EXPECT_FALSE(stage.instance.is_suspect());
  stage.run_for(900ms);
  EXPECT_FALSE(stage.instance.is_suspect()) << "at most once a second";
  stage.run_for(100ms);
  EXPECT_TRUE(stage.instance.is_suspect());
}

// The hang itself is no excuse: its age raises the average that `slow` is judged by, but not what is usual.
TEST(WatchedInstance, IsSuspectAtWhateverMomentOfASecondTheHangBegins) {
  for (Duration phase = 0s; phase < 1s; phase += 100ms) {
    InstanceStage stage;
    stage.probe(true);
    stage.on_look = [&stage] { stage.answer(200, 1, 10ms); };
    stage.run_for(3s + phase);
    stage.on_look = nullptr;
    stage.begin_waiting();
    stage.run_for(1s);
    EXPECT_TRUE(stage.instance.is_suspect()) << phase.count();
  }
}

TEST(WatchedInstance, TwentyTimesWhatIsUsualIsSuspectWhereThatIsMore) {
  InstanceStage stage;
  stage.probe(true);
  stage.on_look = [&stage] { stage.answer(200, 1, 200ms); };
  stage.run_for(3s);
  stage.begin_waiting();
  stage.run_for(3900ms);
  EXPECT_FALSE(stage.instance.is_suspect());
  stage.run_for(100ms);
  EXPECT_TRUE(stage.instance.is_suspect());
}

// ---- together

// Everything at once, and taken away from the top: the first that applies is shown.
TEST(WatchedInstance, ShowsTheFirstConditionThatApplies) {
  InstanceStage stage(with_latency(100ms), "why not");
  stage.probe(true);
  stage.on_look = [&stage] { stage.answer(200, 1, 1s); };
  stage.run_for(3s);
  stage.on_look = nullptr;
  stage.read(0.9);
  stage.read(0.9);
  stage.open_breaker();
  stage.probe_times(3, false);
  EXPECT_EQ(stage.condition(), Condition::ignored);
  RosterInstance asked = stage.instance.asked();
  asked.ignored = "";
  stage.instance.ask(asked);
  EXPECT_EQ(stage.condition(), Condition::failing);
}

TEST(WatchedInstance, OpenIsWorseThanOverloadedAndThatThanSlow) {
  InstanceStage stage(with_latency(100ms));
  stage.probe(true);
  EXPECT_EQ(stage.badness(), 0);
  stage.on_look = [&stage] { stage.answer(200, 1, 1s); };
  stage.run_for(3s);
  stage.on_look = nullptr;
  ASSERT_EQ(stage.condition(), Condition::slow);
  const double slow = stage.badness();
  stage.read(5.0);
  stage.read(5.0);
  ASSERT_EQ(stage.condition(), Condition::overloaded);
  const double overloaded = stage.badness();
  stage.open_breaker();
  ASSERT_EQ(stage.condition(), Condition::open);
  const double open = stage.badness();
  EXPECT_GT(slow, 0);
  EXPECT_GT(overloaded, slow);
  EXPECT_GT(open, overloaded);
  EXPECT_GT(slow, InstanceStage().badness());
}

TEST(WatchedInstance, TheSlowerIsTheWorse) {
  double before = 0;
  for (const Duration latency : {200ms, 400ms, 2000ms, 20'000ms}) {
    InstanceStage stage(with_latency(100ms));
    stage.probe(true);
    stage.on_look = [&stage, latency] { stage.answer(200, 1, latency); };
    stage.run_for(3s);
    EXPECT_GT(stage.badness(), before);
    before = stage.badness();
  }
  EXPECT_LT(before, 2) << "but not as bad as one that is overloaded";
}

// ---- what workers tell while they are read

// Two numbers of one truth, read between the writing of the one and of the other: the one alone is days.
TEST(WatchedInstance, ReadBetweenTwoNumbersNothingIsSlow) {
  InstanceStage stage(with_latency(100ms));
  stage.probe(true);
  stage.clock.advance(240h);
  stage.begin_waiting();
  stage.cells.waiting.add(9);  // the worker has not come to waiting_since yet
  stage.look();
  InstanceView view;
  stage.instance.describe(view, stage.clock.now());
  EXPECT_LT(view.latency_average.value_or(0s), 1s);
}

}  // namespace
}  // namespace rota
