// The InstanceManager with its HealthChecker, on the in-memory network and a manual clock: what it makes of rosters, probes, refusals, counts and readings, and what
// it tells the workers of that, and when.
#include "control/instance_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/component/network_stage.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

constexpr Duration kTick = 3ms;  // what timers may be late by, at most
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class FakeMonitor final : public SystemMonitor {
 public:
  explicit FakeMonitor(const Clock& clock) : clock_(clock) {}
  // From now on, once a second.
  void say(const std::string& identity, double cpu) { cpu_[identity] = cpu; }
  std::optional<SystemReading> reading(std::string_view identity) override {
    const auto cpu = cpu_.find(std::string(identity));
    if (cpu == cpu_.end()) return std::nullopt;
    const TimePoint second{std::chrono::floor<std::chrono::seconds>(clock_.now().time_since_epoch())};
    return SystemReading{.cpu = cpu->second, .memory = std::nullopt, .at = second, .interval = 1s};
  }

 private:
  const Clock& clock_;
  std::map<std::string, double> cpu_;
};

class ManagerStage {
 public:
  struct Published {
    Publication publication;
    TimePoint at;
  };

  ManagerStage()
      : checker(net.reactor(), net.dialer(), 1),
        monitor(net.clock()),
        events([](LogLevel, std::string_view) {}),
        manager({.reactor = net.reactor(),
                 .health = checker,
                 .monitor = &monitor,
                 .events = events,
                 .workers = 2,
                 .seed = 2,
                 .token_of = [](const Error&) { return std::string_view("error"); }}) {
    manager.publish_to([this](const Publication& publication) { published.push_back({publication, net.clock().now()}); });
  }
  ~ManagerStage() {
    manager.end();
    checker.end();
    const std::size_t before = published.size();
    net.run_for(1s);
    EXPECT_EQ(published.size(), before);
    EXPECT_EQ(checker.running(), 0u);
  }

  static RosterService service(std::string name, std::size_t first, std::size_t count) {
    RosterService service{.name = std::move(name), .settings = {}, .instances = {}};
    service.settings.health.path = "/health";
    for (std::size_t i = first; i < first + count; ++i)
      service.instances.push_back({.identity = identity(i), .address = NetworkStage::address(i)});
    return service;
  }
  static std::string identity(std::size_t i) { return fmt::format("i{}", i); }
  void tell(std::vector<RosterService> services) {
    manager.replace({.services = std::move(services), .routes = std::make_shared<const Routes>()});
  }
  // `count` instances of one service that are well, and have been for a while.
  void begin(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) be_well(i);
    tell({service("app", 0, count)});
    net.run_for(500ms);
  }
  void be_well(std::size_t i) { net.play(NetworkStage::address(i), answer_heads(std::string(kOk), true)); }
  void be_dead(std::size_t i) { net.play(NetworkStage::address(i), nullptr); }

  const Snapshot& snapshot() const { return *published.back().publication.snapshot; }
  const std::shared_ptr<InstanceState>& state(std::size_t i, std::size_t of = 0) const {
    return snapshot().services[of]->instances[i]->state;
  }
  // Who gets a turn, in so many of them.
  std::map<std::string, int> picks(int count, std::size_t of = 0) {
    std::map<std::string, int> picked;
    const Service& service = *snapshot().services[of];
    for (int i = 0; i < count; ++i) {
      const auto index = service.strategy->pick(Tried{}, rng);
      if (index) ++picked[service.instances[*index]->identity];
    }
    return picked;
  }
  std::vector<std::string> event_types(std::string_view instance = {}) const {
    std::vector<std::string> types;
    for (const Event& event : events.kept()) {
      if (instance.empty() || event.instance == instance) types.push_back(event.type);
    }
    return types;
  }
  FleetView view() {
    FleetView view;
    manager.describe(view);
    return view;
  }
  InstanceView instance_view(std::size_t i) {
    for (const InstanceView& one : view().services[0].instances) {
      if (one.identity == identity(i) && !one.gone) return one;
    }
    return {};
  }
  bool is_lost(const std::shared_ptr<InstanceState>& state) const {
    return std::ranges::any_of(published, [&state](const Published& one) { return std::ranges::count(one.publication.lost, state) > 0; });
  }
  // Takes a while, but less than `most`.
  template <class Done>
  void run_until(Done done, Duration most) {
    const TimePoint until = net.clock().now() + most;
    while (!done() && net.clock().now() < until) net.run_for(1ms);
    ASSERT_TRUE(done());
  }

  NetworkStage net;
  HealthChecker checker;
  FakeMonitor monitor;
  Events events;
  InstanceManager manager;
  std::vector<Published> published;
  Rng rng{1};
};

using Types = std::vector<std::string>;
using Picks = std::map<std::string, int>;

// ---- what a roster says

TEST(InstanceManager, PublishesTheFirstRosterAtOnceWithNobodyInService) {
  ManagerStage stage;
  stage.be_well(0);
  stage.tell({ManagerStage::service("app", 0, 1)});
  ASSERT_EQ(stage.published.size(), 1u);
  EXPECT_EQ(stage.snapshot().generation, 1u);
  EXPECT_EQ(stage.picks(5), Picks{});
  EXPECT_FALSE(stage.manager.is_settled());
}

TEST(InstanceManager, BringsInWhoPassesItsFirstProbeAndNobodyRampsWhereAllAreNew) {
  ManagerStage stage;
  for (std::size_t i = 0; i < 3; ++i) stage.be_well(i);
  stage.tell({ManagerStage::service("app", 0, 3)});
  stage.net.run_for(InstanceManager::kCoalesce + kTick);
  EXPECT_TRUE(stage.manager.is_settled());
  ASSERT_EQ(stage.published.size(), 2u) << "what happens together goes out together";
  EXPECT_EQ(stage.picks(300), (Picks{{"i0", 100}, {"i1", 100}, {"i2", 100}}));
  EXPECT_EQ(stage.event_types(), (Types{"instance_healthy", "instance_healthy", "instance_healthy"}));
}

TEST(InstanceManager, IsSettledWhenAProbeWouldHaveHadItsTime) {
  ManagerStage stage;
  stage.net.play(NetworkStage::address(0), listen_only());
  stage.tell({ManagerStage::service("app", 0, 1)});
  stage.net.run_for(900ms);
  EXPECT_FALSE(stage.manager.is_settled());
  stage.net.run_for(200ms);
  EXPECT_TRUE(stage.manager.is_settled());
}

TEST(InstanceManager, WhoComesLaterBeginsWithATenth) {
  ManagerStage stage;
  stage.begin(2);
  stage.be_well(2);
  stage.tell({ManagerStage::service("app", 0, 3)});
  stage.net.run_for(50ms);
  EXPECT_EQ(stage.picks(2100), (Picks{{"i0", 1000}, {"i1", 1000}, {"i2", 100}}));
  stage.net.run_for(10s + 200ms);
  EXPECT_EQ(stage.picks(300), (Picks{{"i0", 100}, {"i1", 100}, {"i2", 100}}));
}

TEST(InstanceManager, AReloadKeepsWhatIsKnownOfWhoStays) {
  ManagerStage stage;
  stage.begin(3);
  const auto kept = stage.state(1);
  kept->cells.of(0).answers.add(200);
  RosterService asked = ManagerStage::service("app", 1, 2);
  asked.instances[0].weight = 3;
  asked.settings.retry.attempts = 5;
  stage.tell({asked});
  stage.net.run_for(InstanceManager::kCoalesce + kTick);
  EXPECT_EQ(stage.state(0), kept);
  EXPECT_EQ(stage.snapshot().services[0]->settings.retry.attempts, 5u);
  EXPECT_EQ(stage.picks(400), (Picks{{"i1", 300}, {"i2", 100}})) << "nobody has to start again";
  EXPECT_EQ(stage.event_types("i1"), (Types{"instance_healthy"}));
  EXPECT_EQ(stage.event_types("i0"), (Types{"instance_healthy", "instance_gone"}));
}

// Its instances are the same ones, and nobody has to be without them until their next probes.
TEST(InstanceManager, AServiceThatIsRenamedKeepsItsInstancesInService) {
  ManagerStage stage;
  stage.begin(2);
  stage.tell({ManagerStage::service("renamed", 0, 2)});
  stage.net.run_for(InstanceManager::kCoalesce + kTick);
  const Snapshot& snapshot = *stage.manager.snapshot();
  ASSERT_EQ(snapshot.services.size(), 1u);
  EXPECT_EQ(snapshot.services[0]->name, "renamed");
  Rng rng(1);
  Tried tried;
  EXPECT_TRUE(snapshot.services[0]->strategy->pick(tried, rng).has_value());
}

TEST(InstanceManager, TheSameIdentityAtAnotherAddressIsANewOne) {
  ManagerStage stage;
  stage.begin(2);
  const auto before = stage.state(0);
  stage.be_dead(7);
  RosterService asked = ManagerStage::service("app", 0, 2);
  asked.instances[0].address = NetworkStage::address(7);
  stage.tell({asked});
  stage.net.run_for(50ms);
  EXPECT_NE(stage.state(0), before);
  EXPECT_NE(stage.state(0)->serial(), before->serial());
  EXPECT_EQ(stage.picks(10), (Picks{{"i1", 10}})) << "that the other one was well says nothing";
  EXPECT_EQ(stage.event_types("i0"), (Types{"instance_healthy", "instance_gone"}));
}

TEST(InstanceManager, ServicesThatHaveNotChangedAreTheSameInTheNextSnapshot) {
  ManagerStage stage;
  for (std::size_t i = 0; i < 4; ++i) stage.be_well(i);
  stage.tell({ManagerStage::service("one", 0, 2), ManagerStage::service("two", 2, 2)});
  stage.net.run_for(500ms);
  const auto one = stage.snapshot().services[0];
  const auto two = stage.snapshot().services[1];
  RosterService asked = ManagerStage::service("two", 2, 2);
  asked.instances[0].weight = 2;
  stage.tell({ManagerStage::service("one", 0, 2), asked});
  stage.net.run_for(50ms);
  EXPECT_EQ(stage.snapshot().services[0], one);
  EXPECT_NE(stage.snapshot().services[1], two);
}

TEST(InstanceManager, AThousandRostersASecondAreAsManyPublicationsAsThereIsTimeFor) {
  ManagerStage stage;
  stage.begin(3);
  const std::size_t before = stage.published.size();
  const TimePoint from = stage.net.clock().now();
  for (std::uint32_t i = 0; i < 1000; ++i) {
    RosterService asked = ManagerStage::service("app", 0, 3);
    asked.instances[0].weight = 2 + i % 2;
    stage.tell({asked});
    stage.net.run_for(1ms);
  }
  const auto most = static_cast<std::size_t>((stage.net.clock().now() - from) / InstanceManager::kCoalesce);
  EXPECT_GE(stage.published.size() - before, most / 2);
  EXPECT_LE(stage.published.size() - before, most + 1);
  stage.net.run_for(50ms);
  EXPECT_EQ(stage.picks(500), (Picks{{"i0", 300}, {"i1", 100}, {"i2", 100}})) << "the last word counts";
}

TEST(InstanceManager, NothingIsLeftOfAnInstanceThatIsGone) {
  ManagerStage stage;
  stage.begin(2);
  const std::weak_ptr<InstanceState> gone = stage.state(0);
  stage.tell({ManagerStage::service("app", 1, 1)});
  stage.net.run_for(50ms);
  stage.published.erase(stage.published.begin(), stage.published.end() - 1);
  stage.published.back().publication.lost.clear();
  EXPECT_TRUE(gone.expired());
  EXPECT_EQ(stage.checker.watched(), 1u);
}

TEST(InstanceManager, WhoIsGoneIsShownForTenMinutes) {
  ManagerStage stage;
  stage.begin(2);
  stage.tell({ManagerStage::service("app", 1, 1)});
  stage.net.run_for(9min + 59s);
  const auto shown = stage.view().services[0].instances;
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_FALSE(shown[0].gone);
  EXPECT_TRUE(shown[1].gone);
  EXPECT_EQ(shown[1].identity, "i0");
  EXPECT_FALSE(shown[1].in_service);
  stage.net.run_for(2s);
  EXPECT_EQ(stage.view().services[0].instances.size(), 1u);
}

TEST(InstanceManager, AtMostAThousandGoneOnesAreShownTheLastOnes) {
  ManagerStage stage;
  constexpr std::size_t kMany = InstanceManager::kMostGone + 50;
  for (std::size_t i = 0; i <= kMany; ++i) stage.be_dead(i);
  stage.tell({ManagerStage::service("app", 0, kMany)});
  stage.tell({ManagerStage::service("app", kMany, 1)});
  const auto shown = stage.view().services[0].instances;
  ASSERT_EQ(shown.size(), 1 + InstanceManager::kMostGone);
  EXPECT_EQ(shown[1].identity, "i50");
  EXPECT_EQ(shown.back().identity, ManagerStage::identity(kMany - 1));
}

// An instance has one state at a time: gone, or here.
TEST(InstanceManager, WhoComesBackIsNotShownAsGoneAnyMore) {
  ManagerStage stage;
  stage.begin(2);
  stage.tell({ManagerStage::service("app", 1, 1)});
  stage.net.run_for(1s);
  stage.tell({ManagerStage::service("app", 0, 2)});
  stage.net.run_for(1s);
  std::set<std::string> ids;
  for (const InstanceView& shown : stage.view().services[0].instances) {
    EXPECT_FALSE(shown.gone);
    EXPECT_TRUE(ids.insert(shown.id).second);
  }
  EXPECT_EQ(ids.size(), 2u);
}

// ---- probes

// However many workers there are, and however often a roster says the same.
TEST(InstanceManager, ProbesEachInstanceOnceAnInterval) {
  ManagerStage stage;
  std::map<std::size_t, int> probes;
  for (std::size_t i = 0; i < 3; ++i) {
    stage.net.play(NetworkStage::address(i), [&probes, i](NetworkStage& net, std::unique_ptr<Stream> stream) {
      ++probes[i];
      return answer_heads(std::string(kOk), true)(net, std::move(stream));
    });
  }
  for (int second = 0; second < 60; ++second) {
    stage.tell({ManagerStage::service("app", 0, 3)});
    stage.net.run_for(1s);
  }
  EXPECT_EQ(stage.checker.watched(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GE(probes[i], 12);
    EXPECT_LE(probes[i], 14);
  }
}

TEST(InstanceManager, WhoDiesIsOutWithinMillisecondsOfItsLastFailedProbe) {
  ManagerStage stage;
  stage.begin(3);
  stage.be_dead(1);
  const std::size_t before = stage.published.size();
  TimePoint decided{};
  stage.run_until(
      [&] {
        if (decided == TimePoint{} && stage.instance_view(1).condition == InstanceCondition::failing) decided = stage.net.clock().now();
        return stage.published.size() > before;
      },
      7s);
  ASSERT_NE(decided, TimePoint{});
  EXPECT_LE(stage.published.back().at - decided, InstanceManager::kCoalesce + kTick);
  EXPECT_EQ(stage.picks(100), (Picks{{"i0", 50}, {"i2", 50}}));
  EXPECT_EQ(stage.event_types("i1"), (Types{"instance_healthy", "instance_failing"}));
  EXPECT_EQ(stage.events.kept().back().text, "app: i1 is failing (its probes fail: refused)");
}

TEST(InstanceManager, WhoIsWellAgainComesBackRampingByFastProbes) {
  ManagerStage stage;
  stage.begin(3);
  stage.be_dead(1);
  stage.net.run_for(10s);
  ASSERT_EQ(stage.instance_view(1).condition, InstanceCondition::failing);
  stage.be_well(1);
  stage.run_until([&] { return stage.instance_view(1).condition == InstanceCondition::healthy; }, 5s + 250ms + 100ms);
  stage.net.run_for(50ms);
  EXPECT_EQ(stage.picks(2100), (Picks{{"i0", 1000}, {"i1", 100}, {"i2", 1000}}));
  EXPECT_EQ(stage.event_types("i1"), (Types{"instance_healthy", "instance_failing", "instance_healthy"}));
  stage.net.run_for(11s);
  EXPECT_EQ(stage.picks(300), (Picks{{"i0", 100}, {"i1", 100}, {"i2", 100}}));
}

TEST(InstanceManager, ARefusedAttemptStartsAProbe) {
  ManagerStage stage;
  stage.begin(2);
  stage.be_dead(0);
  const auto state = stage.state(0);
  const std::uint64_t failed = stage.instance_view(0).probes_failed;
  stage.manager.refused(state);
  stage.manager.refused(state);  // not heard yet: it is told once
  EXPECT_TRUE(state->reported.load());
  stage.net.run_for(20ms);
  EXPECT_FALSE(state->reported.load());
  EXPECT_EQ(stage.instance_view(0).probes_failed, failed + 1);
  EXPECT_EQ(stage.instance_view(0).condition, InstanceCondition::healthy) << "two of the three that it takes";
  stage.net.run_for(300ms);  // the fast rhythm
  EXPECT_EQ(stage.instance_view(0).condition, InstanceCondition::failing);
}

// A probe that failed there would be the last word: none follows that could pass.
TEST(InstanceManager, WhereProbesAreOffNeitherRefusalsNorHangsStartOne) {
  ManagerStage stage;
  RosterService service = ManagerStage::service("app", 0, 2);
  service.settings.health.interval = 0s;
  stage.be_well(0);
  stage.be_dead(1);
  stage.tell({service});
  const auto state = stage.state(1);
  for (int i = 0; i < 5; ++i) {
    stage.manager.refused(state);
    stage.net.run_for(200ms);
  }
  state->cells.of(0).oldest.set(stage.net.clock().now().time_since_epoch().count());
  stage.net.run_for(3s);
  EXPECT_EQ(stage.picks(10), (Picks{{"i0", 5}, {"i1", 5}}));
  EXPECT_EQ(stage.instance_view(1).probes_failed, 0u);
}

TEST(InstanceManager, ARefusalByWhoIsGoneIsForgotten) {
  ManagerStage stage;
  stage.begin(2);
  const auto state = stage.state(0);
  stage.manager.refused(state);
  stage.tell({ManagerStage::service("app", 1, 1)});
  stage.net.run_for(100ms);
  EXPECT_EQ(stage.event_types("i1"), (Types{"instance_healthy"}));
}

TEST(InstanceManager, AnAttemptThatHangsStartsAProbe) {
  ManagerStage stage;
  stage.begin(2);
  stage.net.run_for(5s);
  stage.net.play(NetworkStage::address(0), listen_only());
  InstanceCells& cells = stage.state(0)->cells.of(0);
  const std::int64_t now = stage.net.clock().now().time_since_epoch().count();
  cells.waiting.add(1);
  cells.waiting_since.add(now);
  cells.oldest.set(now);
  stage.run_until([&] { return stage.instance_view(0).condition == InstanceCondition::failing; }, 3s);
}

// ---- conditions that are not death

TEST(InstanceManager, AnOpenBreakerIsAnEventAndOut) {
  ManagerStage stage;
  stage.begin(3);
  for (int i = 0; i < 5; ++i) stage.state(0)->breaker.failed({}, stage.net.clock().now(), stage.rng, false);
  stage.net.run_for(InstanceManager::kLook + InstanceManager::kCoalesce + kTick);
  EXPECT_EQ(stage.picks(10), (Picks{{"i1", 5}, {"i2", 5}}));
  EXPECT_EQ(stage.event_types("i0"), (Types{"instance_healthy", "instance_open"}));
  stage.net.run_for(5s);
  EXPECT_EQ(stage.picks(300), (Picks{{"i0", 100}, {"i1", 100}, {"i2", 100}})) << "half open: it stands in the wheel";
  EXPECT_EQ(stage.event_types("i0").size(), 2u);
}

TEST(InstanceManager, AtMostHalfAreOut) {
  ManagerStage stage;
  stage.begin(3);
  for (std::size_t i = 0; i < 3; ++i) {
    for (int n = 0; n < 5; ++n) stage.state(i)->breaker.failed({}, stage.net.clock().now(), stage.rng, false);
  }
  stage.net.run_for(200ms);
  EXPECT_EQ(stage.picks(100).size(), 2u);
  EXPECT_TRUE(stage.snapshot().services[0]->instances[2]->kept_in);
  EXPECT_TRUE(stage.instance_view(2).in_service);
  EXPECT_NE(stage.instance_view(2).reason.find("kept in"), std::string::npos);
  EXPECT_EQ(stage.instance_view(0).share, 0);
  EXPECT_EQ(stage.instance_view(2).share, 0.5);
}

TEST(InstanceManager, WhoIsOverloadedIsOutUntilItIsNot) {
  ManagerStage stage;
  stage.begin(3);
  stage.monitor.say("i0", 0.95);
  for (const char* other : {"i1", "i2"}) stage.monitor.say(other, 0.3);
  stage.net.run_for(2200ms);
  EXPECT_EQ(stage.picks(10), (Picks{{"i1", 5}, {"i2", 5}}));
  EXPECT_EQ(stage.instance_view(0).condition, InstanceCondition::overloaded);
  EXPECT_EQ(stage.instance_view(0).reason, "CPU 95 %");
  stage.monitor.say("i0", 0.75);
  stage.net.run_for(10s);
  EXPECT_EQ(stage.instance_view(0).condition, InstanceCondition::overloaded);
  stage.monitor.say("i0", 0.5);
  stage.net.run_for(2200ms);
  EXPECT_EQ(stage.instance_view(0).condition, InstanceCondition::healthy);
  EXPECT_EQ(stage.picks(2100)["i0"], 100);
  EXPECT_EQ(stage.event_types("i0"), (Types{"instance_healthy", "instance_overloaded", "instance_healthy"}));
}

TEST(InstanceManager, OneThatIsIgnoredIsShownAndNeverServes) {
  ManagerStage stage;
  stage.be_well(0);
  stage.be_well(1);
  RosterService asked = ManagerStage::service("app", 0, 2);
  asked.instances[0].ignored = "its label is wrong";
  stage.tell({asked});
  stage.net.run_for(1s);
  EXPECT_EQ(stage.picks(10), (Picks{{"i1", 10}}));
  EXPECT_EQ(stage.instance_view(0).condition, InstanceCondition::ignored);
  EXPECT_EQ(stage.instance_view(0).reason, "its label is wrong");
}

// ---- who is lost

TEST(InstanceManager, WhoDiesIsLostOnlyWhereOthersAreIn) {
  ManagerStage stage;
  stage.begin(2);
  const auto first = stage.state(0);
  const auto second = stage.state(1);
  stage.be_dead(0);
  stage.net.run_for(7s);
  EXPECT_TRUE(stage.is_lost(first));
  stage.be_dead(1);
  stage.net.run_for(7s);
  EXPECT_EQ(stage.picks(5), Picks{});
  EXPECT_FALSE(stage.is_lost(second)) << "nobody else could take what waits for it";
}

// Its share was zero before: nothing but its death is news.
TEST(InstanceManager, WhoDiesWhileItIsOutIsLostToo) {
  ManagerStage stage;
  stage.begin(3);
  const auto state = stage.state(0);
  const BreakerSettings long_open{.open = 60s};
  for (int i = 0; i < 5; ++i) state->breaker.failed(long_open, stage.net.clock().now(), stage.rng, false);
  stage.net.run_for(1s);
  ASSERT_EQ(stage.instance_view(0).condition, InstanceCondition::open);
  stage.be_dead(0);
  stage.run_until([&] { return stage.instance_view(0).condition == InstanceCondition::failing; }, 7s);
  stage.net.run_for(InstanceManager::kCoalesce + kTick);
  EXPECT_TRUE(stage.is_lost(state));
}

TEST(InstanceManager, WhoIsGoneIsLostOnlyWhereOthersAreIn) {
  ManagerStage stage;
  stage.begin(2);
  const auto first = stage.state(0);
  const auto second = stage.state(1);
  stage.tell({ManagerStage::service("app", 1, 1)});
  stage.net.run_for(50ms);
  EXPECT_TRUE(stage.is_lost(first));
  stage.be_dead(2);
  stage.tell({ManagerStage::service("app", 2, 1)});
  stage.net.run_for(50ms);
  EXPECT_FALSE(stage.is_lost(second)) << "what waits for it is better off waiting";
}

TEST(InstanceManager, TheInstancesOfAServiceThatIsGoneAreNotLost) {
  ManagerStage stage;
  stage.begin(2);
  const auto first = stage.state(0);
  stage.tell({});
  stage.net.run_for(50ms);
  EXPECT_FALSE(stage.is_lost(first));
  EXPECT_EQ(stage.checker.watched(), 0u);
  EXPECT_TRUE(stage.snapshot().services.empty());
}

}  // namespace
}  // namespace rota::test
