// The HealthChecker on the in-memory network and a manual clock: its rhythm as counts over simulated minutes, what it takes for well, how much of it runs at a
// time, and that what is forgotten, fails or ends leaves nothing behind.
#include "control/health_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tests/component/network_stage.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

constexpr Duration kTick = 3ms;  // what timers may be late by, at most
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

struct Reported {
  std::string key;
  ProbeResult result;
  TimePoint at;
};

// Everything but what an instance does. It can be checked for a moment whether nothing of the checker is left.
class CheckerStage {
 public:
  explicit CheckerStage(std::size_t most_at_once = HealthChecker::kMostAtOnce, Dialer* dialer = nullptr)
      : checker(net.reactor(), dialer != nullptr ? *dialer : net.dialer(), 1, most_at_once) {
    checker.report_to([this](const std::string& key, const ProbeResult& result) {
      EXPECT_FALSE(calling) << "reported from within a call";
      reports.push_back({key, result, net.clock().now()});
      most_running = std::max(most_running, checker.running());
      if (on_report) on_report(key, result);
    });
  }
  ~CheckerStage() {
    checker.end();
    net.run_for(1s);
    EXPECT_EQ(checker.running(), 0u);
    EXPECT_EQ(checker.watched(), 0u);
  }

  static std::string key(std::size_t i) { return fmt::format("instance-{}", i); }
  static ProbeTarget target(std::size_t i, HealthSettings settings) {
    return {.key = key(i), .address = NetworkStage::address(i), .settings = std::move(settings)};
  }
  void watch(std::size_t i, HealthSettings settings) {
    calling = true;
    checker.watch(target(i, std::move(settings)));
    calling = false;
  }
  void probe_now(std::size_t i) {
    calling = true;
    checker.probe_now(key(i));
    calling = false;
  }
  std::size_t count(std::size_t i) const {
    return static_cast<std::size_t>(std::ranges::count_if(reports, [i](const Reported& one) { return one.key == key(i); }));
  }
  std::vector<Duration> gaps(std::size_t i) const {
    std::vector<Duration> between;
    const Reported* before = nullptr;
    for (const Reported& one : reports) {
      if (one.key != key(i)) continue;
      if (before != nullptr) between.push_back(one.at - before->at);
      before = &one;
    }
    return between;
  }

  NetworkStage net;
  HealthChecker checker;
  std::vector<Reported> reports;
  std::function<void(const std::string&, const ProbeResult&)> on_report;
  std::size_t most_running = 0;
  bool calling = false;
};

HealthSettings every(Duration interval) {
  HealthSettings settings;
  settings.path = "/health";
  settings.interval = interval;
  settings.timeout = 1s;
  return settings;
}

TEST(HealthChecker, ProbesAtOnceAndThenAtItsIntervalLessUpToATenth) {
  CheckerStage stage;
  stage.net.play(NetworkStage::address(), answer_heads(std::string(kOk)));
  stage.watch(0, every(5s));
  EXPECT_EQ(stage.reports.size(), 0u);
  stage.net.run_now();
  ASSERT_EQ(stage.reports.size(), 1u);
  EXPECT_TRUE(stage.reports[0].result.passed);
  stage.net.run_for(10min);
  const std::vector<Duration> gaps = stage.gaps(0);
  EXPECT_GE(gaps.size(), 600u / 5);
  EXPECT_LE(gaps.size(), static_cast<std::size_t>(600 / 4.5));
  for (const Duration gap : gaps) {
    EXPECT_GE(gap, 4500ms - kTick);
    EXPECT_LE(gap, 5000ms + kTick);
  }
}

// Instances that were all watched in one moment do not stay together.
TEST(HealthChecker, JitterIsEvenOverItsTenth) {
  CheckerStage stage;
  constexpr std::size_t kInstances = 300;
  for (std::size_t i = 0; i < kInstances; ++i) {
    stage.net.play(NetworkStage::address(i), answer_heads(std::string(kOk)));
    stage.watch(i, every(10s));
  }
  stage.net.run_for(1min);
  std::array<int, 4> quarters{};
  int all = 0;
  for (std::size_t i = 0; i < kInstances; ++i) {
    for (const Duration gap : stage.gaps(i)) {
      ++quarters[static_cast<std::size_t>(std::clamp<std::int64_t>((gap - 9s) / 250ms, 0, 3))];
      ++all;
    }
  }
  EXPECT_GE(all, 1500);
  for (const int quarter : quarters) EXPECT_NEAR(quarter, all / 4, all / 20);
}

TEST(HealthChecker, IsFastWhileAnInstanceChanges) {
  CheckerStage stage;
  stage.net.play(NetworkStage::address(), answer_heads(std::string(kOk)));
  stage.watch(0, every(5s));
  stage.net.run_for(1s);
  stage.checker.set_fast(CheckerStage::key(0), true);
  stage.net.run_for(kTick);
  EXPECT_EQ(stage.reports.size(), 2u);  // the last one was more than a fast interval ago
  stage.net.run_for(10min);
  EXPECT_NEAR(static_cast<double>(stage.reports.size()), 2 + 2400, 1);  // what timers are late by does not add up
  stage.checker.set_fast(CheckerStage::key(0), false);
  const std::size_t before = stage.reports.size();
  stage.net.run_for(4s);
  EXPECT_EQ(stage.reports.size(), before);
  stage.net.run_for(1s);
  EXPECT_EQ(stage.reports.size(), before + 1);
}

TEST(HealthChecker, FastIsNeverSlowerThanTheInterval) {
  CheckerStage stage;
  stage.net.play(NetworkStage::address(), answer_heads(std::string(kOk)));
  stage.watch(0, every(100ms));
  stage.checker.set_fast(CheckerStage::key(0), true);
  stage.net.run_for(10s);
  EXPECT_GE(stage.reports.size(), 99u);
}

// A hanging instance is asked four times a second all the same.
TEST(HealthChecker, FastProbesOverlap) {
  CheckerStage stage;
  stage.net.play(NetworkStage::address(), listen_only());
  stage.watch(0, every(5s));
  stage.checker.set_fast(CheckerStage::key(0), true);
  stage.net.run_for(60s);
  EXPECT_NEAR(static_cast<double>(stage.reports.size()), 240 - 4, 2);
  EXPECT_GE(stage.most_running, 3u);
  EXPECT_LE(stage.most_running, HealthChecker::kMostOverlapping);
  for (const Reported& one : stage.reports) {
    EXPECT_EQ(one.result.what, "no answer within 1s");
    EXPECT_GE(one.result.took, 1s);
    EXPECT_LE(one.result.took, 1s + kTick);
  }
}

TEST(HealthChecker, NoMoreOverlapThanAllowed) {
  CheckerStage stage;
  stage.net.play(NetworkStage::address(), listen_only());
  HealthSettings patient = every(5s);
  patient.timeout = 30s;
  stage.watch(0, patient);
  stage.checker.set_fast(CheckerStage::key(0), true);
  stage.net.run_for(20s);
  EXPECT_EQ(stage.checker.running(), HealthChecker::kMostOverlapping);
  stage.probe_now(0);
  EXPECT_EQ(stage.checker.running(), HealthChecker::kMostOverlapping);
}

TEST(HealthChecker, WithoutHasteOneRunsAtATime) {
  CheckerStage stage;
  stage.net.play(NetworkStage::address(), listen_only());
  HealthSettings patient = every(1s);
  patient.timeout = 2500ms;
  stage.watch(0, patient);
  for (int i = 0; i < 600; ++i) {
    stage.net.run_for(100ms);
    ASSERT_LE(stage.checker.running(), 1u);
  }
  EXPECT_NEAR(static_cast<double>(stage.reports.size()), 20, 2);
}

TEST(HealthChecker, OneThatIsAskedForComesAtOnceButNotRightBehindAnother) {
  CheckerStage stage;
  stage.net.play(NetworkStage::address(), answer_heads(std::string(kOk)));
  stage.watch(0, every(5s));
  stage.net.run_for(50ms);
  stage.probe_now(0);
  stage.net.run_now();
  EXPECT_EQ(stage.reports.size(), 1u);
  stage.net.run_for(950ms);
  for (int i = 0; i < 10; ++i) stage.probe_now(0);
  stage.net.run_now();
  EXPECT_EQ(stage.reports.size(), 2u);
  stage.net.run_for(3400ms);
  EXPECT_EQ(stage.reports.size(), 2u);
  stage.net.run_for(700ms);  // the rhythm's own, where it would have been
  EXPECT_EQ(stage.reports.size(), 3u);
  stage.checker.probe_now("nobody");
}

TEST(HealthChecker, WithoutAnIntervalOnlyWhatIsAskedFor) {
  CheckerStage stage;
  stage.net.play(NetworkStage::address(), answer_heads(std::string(kOk)));
  stage.watch(0, every(0s));
  stage.checker.set_fast(CheckerStage::key(0), true);
  stage.net.run_for(60s);
  EXPECT_EQ(stage.reports.size(), 0u);
  stage.probe_now(0);
  stage.net.run_for(60s);
  EXPECT_EQ(stage.reports.size(), 1u);
}

TEST(HealthChecker, SendsAPlainGet) {
  CheckerStage stage;
  std::vector<std::string> heads;
  stage.net.play(NetworkStage::address(), [&heads](NetworkStage& net, std::unique_ptr<Stream> stream) {
    return [](NetworkStage& on, std::unique_ptr<Stream> from, std::vector<std::string>& into) -> Task<void> {
      std::string rest;
      std::string head = co_await read_through(on, *from, rest, "\r\n\r\n");
      into.push_back(std::move(head));
    }(net, std::move(stream), heads);
  });
  stage.watch(0, every(0s));
  stage.probe_now(0);
  stage.net.run_for(200ms);
  HealthSettings named = every(0s);
  named.host = "app.test";
  stage.watch(0, named);
  stage.probe_now(0);
  stage.net.run_for(200ms);
  ASSERT_EQ(heads.size(), 2u);
  EXPECT_EQ(heads[0], "GET /health HTTP/1.1\r\nHost: 192.0.2.10:9001\r\nUser-Agent: rota/health\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(heads[1], "GET /health HTTP/1.1\r\nHost: app.test\r\nUser-Agent: rota/health\r\nConnection: close\r\n\r\n");
}

ProbeResult result_of(NetworkStage::Script script, const HealthSettings& settings) {
  CheckerStage stage;
  stage.net.play(NetworkStage::address(), std::move(script));
  stage.watch(0, settings);
  stage.net.run_for(4s);
  EXPECT_EQ(stage.reports.size(), 1u);
  return stage.reports.empty() ? ProbeResult{} : stage.reports[0].result;
}

TEST(HealthChecker, TakesTheStatusesThatAreExpected) {
  struct Row {
    std::vector<StatusRange> expect;
    std::uint16_t status;
    bool passed;
    std::string_view what;
  };
  const Row rows[] = {
      {{{200, 399}}, 200, true, "200 in 0.0 ms"},
      {{{200, 399}}, 399, true, "399 in 0.0 ms"},
      {{{200, 399}}, 400, false, "400, not 200-399"},
      {{{200, 399}}, 503, false, "503, not 200-399"},
      {{{204, 204}}, 204, true, "204 in 0.0 ms"},
      {{{204, 204}}, 200, false, "200, not 204"},
      {{{200, 299}, {304, 304}}, 304, true, "304 in 0.0 ms"},
      {{{200, 299}, {304, 304}}, 302, false, "302, not 200-299, 304"},
      {{{500, 599}}, 503, true, "503 in 0.0 ms"},
  };
  for (const Row& row : rows) {
    HealthSettings settings = every(5s);
    settings.expect = row.expect;
    const ProbeResult result = result_of(answer_heads(fmt::format("HTTP/1.1 {} X\r\nContent-Length: 0\r\n\r\n", row.status)), settings);
    EXPECT_EQ(result.passed, row.passed) << row.what;
    EXPECT_EQ(result.status, row.status);
    EXPECT_EQ(result.what, row.what);
  }
}

NetworkStage::Script say(std::string text) {
  return [text](NetworkStage& net, std::unique_ptr<Stream> stream) {
    return [](NetworkStage& on, std::unique_ptr<Stream> to, std::string words) -> Task<void> {
      std::string rest;
      const std::string head = co_await read_through(on, *to, rest, "\r\n\r\n");
      co_await write_all(*to, std::move(words));
    }(net, std::move(stream), text);
  };
}

TEST(HealthChecker, SaysInWordsWhatFailed) {
  struct Row {
    NetworkStage::Script script;
    std::string_view what;
  };
  const Row rows[] = {
      {nullptr, "refused"},
      {listen_only(), "no answer within 1s"},
      {say(""), "closed without an answer"},
      {say("SSH-2.0-OpenSSH_9.2\r\n"), "a malformed answer"},
      {say("HTTP/1.1 200 OK\r\nX-A"), "closed without an answer"},
      {say("HTTP/1.1 200 OK\r\nX-A: " + std::string(40'000, 'a')), "an answer with too large a head"},
      {say("HTTP/1.1 101 Switching Protocols\r\n\r\n"), "a malformed answer"},
  };
  for (const Row& row : rows) {
    const ProbeResult result = result_of(row.script, every(5s));
    EXPECT_FALSE(result.passed) << row.what;
    EXPECT_EQ(result.what, row.what);
    EXPECT_EQ(result.status, 0);
  }
  HealthSettings split = every(5s);
  split.path = "/\r\nX: y";
  EXPECT_EQ(result_of(listen_only(), split).what, "the probe's path or host cannot be sent");
}

TEST(HealthChecker, WithoutAPathAConnectIsTheProbe) {
  HealthSettings settings = every(5s);
  settings.path.clear();
  const ProbeResult connected = result_of(listen_only(), settings);  // nobody has to say anything
  EXPECT_TRUE(connected.passed);
  EXPECT_EQ(connected.what, "connected in 0.0 ms");
  EXPECT_EQ(connected.status, 0);
  EXPECT_EQ(result_of(nullptr, settings).what, "refused");
  CheckerStage stage;
  stage.net.play_silence(NetworkStage::address());
  stage.watch(0, settings);
  stage.net.run_for(2s);
  ASSERT_EQ(stage.reports.size(), 1u);
  EXPECT_EQ(stage.reports[0].result.what, "no answer within 1s");
}

// Its connections are closed at once, not when their deadline comes.
TEST(HealthChecker, ForgettingEndsWhatRuns) {
  CheckerStage stage;
  for (std::size_t i = 0; i < 3; ++i) stage.net.play(NetworkStage::address(i), listen_only());
  stage.net.play_silence(NetworkStage::address(3));
  for (std::size_t i = 0; i < 4; ++i) stage.watch(i, every(5s));
  stage.net.run_now();
  EXPECT_EQ(stage.checker.running(), 4u);
  EXPECT_EQ(stage.net.actors().running(), 3u);
  for (const std::size_t i : {0u, 1u, 3u}) stage.checker.forget(CheckerStage::key(i));
  stage.checker.forget(CheckerStage::key(0));
  stage.net.run_now();
  EXPECT_EQ(stage.checker.running(), 1u);
  EXPECT_EQ(stage.net.actors().running(), 1u);
  stage.net.run_for(30s);
  EXPECT_EQ(stage.count(0) + stage.count(1) + stage.count(3), 0u);
  EXPECT_GE(stage.count(2), 5u);
}

TEST(HealthChecker, MayBeToldAnythingFromWithinAReport) {
  CheckerStage stage;
  for (std::size_t i = 0; i < 3; ++i) stage.net.play(NetworkStage::address(i), answer_heads(std::string(kOk)));
  stage.net.play(NetworkStage::address(3), listen_only());
  stage.on_report = [&stage](const std::string& key, const ProbeResult&) {
    if (key == CheckerStage::key(0)) stage.checker.forget(key);
    if (key == CheckerStage::key(0)) stage.checker.forget(CheckerStage::key(3));
    if (key == CheckerStage::key(1)) stage.checker.set_fast(key, true);
    if (key == CheckerStage::key(2) && stage.count(2) == 1) stage.checker.watch(CheckerStage::target(2, every(10s)));
  };
  for (std::size_t i = 0; i < 4; ++i) stage.watch(i, every(5s));
  stage.net.run_for(3100ms);
  EXPECT_EQ(stage.count(0), 1u);
  EXPECT_EQ(stage.count(1), 13u);
  EXPECT_EQ(stage.count(2), 2u);
  EXPECT_EQ(stage.count(3), 0u);
  EXPECT_EQ(stage.checker.watched(), 2u);
}

TEST(HealthChecker, TheSameTargetAgainChangesNothing) {
  CheckerStage stage;
  stage.net.play(NetworkStage::address(), answer_heads(std::string(kOk)));
  HealthSettings settings = every(5s);
  for (int i = 0; i < 100; ++i) {
    settings.fall = static_cast<std::uint64_t>(1 + i);  // what is made of results is not ours
    stage.watch(0, settings);
    stage.net.run_for(100ms);
  }
  EXPECT_GE(stage.reports.size(), 2u);
  EXPECT_LE(stage.reports.size(), 3u);
}

TEST(HealthChecker, AnotherTargetBeginsAnewAndAsFast) {
  CheckerStage stage;
  stage.net.play(NetworkStage::address(0), listen_only());
  stage.net.play(NetworkStage::address(1), answer_heads(std::string(kOk)));
  stage.watch(0, every(5s));
  stage.checker.set_fast(CheckerStage::key(0), true);
  stage.net.run_for(500ms);
  ProbeTarget moved = CheckerStage::target(0, every(5s));
  moved.address = NetworkStage::address(1);
  stage.checker.watch(moved);
  stage.net.run_now();
  EXPECT_EQ(stage.net.actors().running(), 0u);  // nothing runs at the old one
  EXPECT_EQ(stage.checker.watched(), 1u);
  stage.net.run_for(2s);
  EXPECT_GE(stage.reports.size(), 8u);
  for (const Reported& one : stage.reports) EXPECT_TRUE(one.result.passed) << one.result.what;
}

// A thousand instances that hang: so many at a time and no more, in the order in which they were asked for, and each has its turn.
TEST(HealthChecker, HoldsItsBoundAndServesTheLineInOrder) {
  constexpr std::size_t kInstances = 1000;
  constexpr std::size_t kMost = 64;
  CheckerStage stage(kMost);
  for (std::size_t i = 0; i < kInstances; ++i) {
    stage.net.play_silence(NetworkStage::address(i));
    stage.watch(i, every(60s));
  }
  EXPECT_EQ(stage.checker.running(), kMost);
  for (int turns = 0; turns < 160; ++turns) {
    stage.net.run_for(100ms);
    ASSERT_LE(stage.checker.running(), kMost);
  }
  stage.net.run_for(1s);
  ASSERT_EQ(stage.reports.size(), kInstances);  // ⌈1000 / 64⌉ seconds
  std::set<std::size_t> waves;
  std::array<std::size_t, kInstances> place{};
  for (std::size_t i = 0; i < kInstances; ++i) place[std::stoul(stage.reports[i].key.substr(9))] = i / kMost;
  EXPECT_TRUE(std::ranges::is_sorted(place));
  EXPECT_LE(stage.most_running, kMost);
}

// Those that hang and are in haste take their turns like everybody else.
TEST(HealthChecker, NobodyStarves) {
  constexpr std::size_t kHanging = 40;
  CheckerStage stage(8);
  for (std::size_t i = 0; i < kHanging; ++i) {
    stage.net.play_silence(NetworkStage::address(i));
    stage.watch(i, every(1s));
    stage.checker.set_fast(CheckerStage::key(i), true);
  }
  stage.net.play(NetworkStage::address(kHanging), answer_heads(std::string(kOk)));
  stage.watch(kHanging, every(1s));
  stage.net.run_for(60s);
  // The line is at most 41 long, and 8 leave it a second: a turn each 5 or 6 seconds.
  for (std::size_t i = 0; i <= kHanging; ++i) EXPECT_GE(stage.count(i), 9u) << i;
  for (std::size_t i = 0; i < kHanging; i += 2) stage.checker.forget(CheckerStage::key(i));  // some of them from the middle of the line
  stage.net.run_for(60s);
  EXPECT_GE(stage.count(kHanging), 9u + 15u);
}

class NoDescriptors final : public Dialer {
 public:
  Task<Result<std::unique_ptr<Stream>>> dial(const Address&, Deadline, Stop*) override {
    ++dialed;
    co_return fail(ErrorCode::out_of_fds);
  }
  int dialed = 0;
};

// What rota lacks is nobody else's failure.
TEST(HealthChecker, WantOfDescriptorsIsHeldAgainstNobody) {
  NoDescriptors dialer;
  CheckerStage stage(HealthChecker::kMostAtOnce, &dialer);
  stage.watch(0, every(1s));
  stage.net.run_for(10s);
  EXPECT_EQ(stage.reports.size(), 0u);
  EXPECT_GE(dialer.dialed, 10);
}

TEST(HealthChecker, EndingEndsAll) {
  CheckerStage stage(2);
  for (std::size_t i = 0; i < 5; ++i) {
    stage.net.play(NetworkStage::address(i), listen_only());
    stage.watch(i, every(5s));
  }
  stage.net.run_now();
  EXPECT_EQ(stage.checker.running(), 2u);
  stage.checker.end();
  stage.net.run_now();
  EXPECT_EQ(stage.checker.running(), 0u);
  EXPECT_EQ(stage.net.actors().running(), 0u);
  stage.watch(7, every(5s));
  stage.net.run_for(10s);
  EXPECT_EQ(stage.reports.size(), 0u);
}

// The N-th operation fails, for every N: the probe that it belongs to is reported as what it was, all the others are as ever, and nothing is left.
TEST(HealthChecker, WhateverFailsIsOneProbe) {
  for (const bool http : {true, false}) {
    for (const Fault fault : {Fault::reset, Fault::end, Fault::trickle}) {
      std::uint64_t operations = 1;
      for (std::uint64_t failing = 0; failing <= operations; ++failing) {
        SCOPED_TRACE(fmt::format("http {}, fault {}, operation {}", http, static_cast<int>(fault), failing));
        CheckerStage stage;
        stage.net.network().fail_operation(failing, fault);
        HealthSettings settings = every(5s);
        if (!http) settings.path.clear();
        for (std::size_t i = 0; i < 2; ++i) {
          stage.net.play(NetworkStage::address(i), http ? answer_heads(std::string(kOk)) : listen_only());
          stage.watch(i, settings);
        }
        stage.net.run_for(12s);
        EXPECT_EQ(stage.reports.size(), 6u);
        const auto failed = std::ranges::count_if(stage.reports, [](const Reported& one) { return !one.result.passed; });
        EXPECT_LE(failed, failing == 0 ? 0 : 1);
        EXPECT_EQ(stage.checker.running(), 0u);
        stage.net.run_now();
        EXPECT_EQ(stage.net.actors().running(), 0u);
        if (failing == 0) operations = stage.net.network().operations();
        if (testing::Test::HasFailure()) return;
      }
      EXPECT_GE(operations, 6u);
    }
  }
}

}  // namespace
}  // namespace rota::test
