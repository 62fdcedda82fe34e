#include "control/watched_service.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>

#include "balance/fleet_rule.h"
#include "base/manual_clock.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

Address address_of(std::uint16_t port) { return {.family = Address::Family::ipv4, .port = port, .host = "192.0.2.10"}; }

RosterService roster_of(std::size_t instances) {
  RosterService service{.name = "app", .settings = {}, .instances = {}};
  for (std::size_t i = 0; i < instances; ++i) {
    service.instances.push_back({.identity = fmt::format("i{}", i), .address = address_of(static_cast<std::uint16_t>(9001 + i))});
  }
  return service;
}

class ServiceStage {
 public:
  explicit ServiceStage(std::size_t instances) : service(roster_of(instances), std::make_shared<ServiceState>(1), clock.now()) {
    ask(roster_of(instances));
  }

  std::vector<std::unique_ptr<WatchedInstance>> ask(RosterService roster) {
    return service.ask(std::move(roster), [this] { return std::make_shared<InstanceState>(slots, 1); });
  }
  WatchedInstance& at(std::size_t i) { return *service.instances()[i]; }
  void probe(std::size_t i, bool passed, int times = 1) {
    for (int n = 0; n < times; ++n) at(i).probed(passed, "", 1ms, clock.now(), clock.wall(), rng);
  }
  void start_all() {
    for (std::size_t i = 0; i < service.instances().size(); ++i) probe(i, true);
  }
  void kill(std::size_t i) { probe(i, false, 3); }
  void open(std::size_t i) {
    at(i).state()->breaker.trip(service.settings().breaker, clock.now(), rng);
    at(i).look(clock.now(), std::nullopt, rng);
  }
  bool share_out() { return service.share_out(clock.now()); }
  std::vector<std::uint32_t> percents() {
    share_out();
    std::vector<std::uint32_t> percents;
    for (const InstanceShare& share : service.shares()) percents.push_back(share.percent);
    return percents;
  }
  // Of so many picks of the Service in force, by identity.
  std::map<std::string, int> picks(int count) {
    share_out();
    const auto built = service.service();
    std::map<std::string, int> picked;
    for (int i = 0; i < count; ++i) {
      const auto index = built->strategy->pick(Tried{}, rng);
      ++picked[index ? built->instances[*index]->identity : "nobody"];
    }
    return picked;
  }

  ManualClock clock;
  Rng rng{1};
  std::shared_ptr<Slots> slots = std::make_shared<Slots>();
  WatchedService service;
};

using Percents = std::vector<std::uint32_t>;
using Picks = std::map<std::string, int>;

TEST(WatchedService, HasNobodyUntilAProbePasses) {
  ServiceStage stage(3);
  EXPECT_EQ(stage.percents(), (Percents{0, 0, 0}));
  EXPECT_FALSE(stage.service.has_anybody());
  EXPECT_EQ(stage.picks(5), (Picks{{"nobody", 5}}));
  EXPECT_EQ(stage.service.service()->instances.size(), 3u) << "who is out is known all the same";
  stage.probe(1, true);
  EXPECT_EQ(stage.percents(), (Percents{0, 100, 0}));
  EXPECT_TRUE(stage.service.has_anybody());
  EXPECT_EQ(stage.picks(5), (Picks{{"i1", 5}}));
}

TEST(WatchedService, SharesByWeight) {
  ServiceStage stage(3);
  RosterService asked = roster_of(3);
  asked.instances[1].weight = 2;
  asked.instances[2].weight = 3;
  stage.ask(asked);
  stage.start_all();
  EXPECT_EQ(stage.picks(600), (Picks{{"i0", 100}, {"i1", 200}, {"i2", 300}}));
}

TEST(WatchedService, WhoRampsGetsATenthOfItsWeight) {
  ServiceStage stage(3);
  stage.start_all();
  stage.at(2).ramp(stage.clock.now());
  EXPECT_EQ(stage.picks(2100), (Picks{{"i0", 1000}, {"i1", 1000}, {"i2", 100}}));
}

TEST(WatchedService, AtMostHalfAreOutAndTheLeastBadStaysInWithATenth) {
  ServiceStage stage(4);
  stage.start_all();
  for (const std::size_t i : {0u, 1u, 2u}) stage.open(i);
  EXPECT_EQ(stage.percents(), (Percents{0, 0, kKeptInPercent, 100}));
  EXPECT_EQ(stage.service.shares()[2], (InstanceShare{.percent = kKeptInPercent, .kept_in = true}));
  EXPECT_TRUE(stage.service.service()->instances[2]->kept_in);
  EXPECT_FALSE(stage.service.service()->instances[0]->kept_in);
  EXPECT_EQ(stage.picks(1100), (Picks{{"i2", 100}, {"i3", 1000}}));
}

TEST(WatchedService, TheDeadAlwaysGoAndCountForNoHalf) {
  ServiceStage stage(4);
  stage.start_all();
  stage.kill(0);
  stage.kill(1);
  stage.open(2);
  EXPECT_EQ(stage.percents(), (Percents{0, 0, 0, 100})) << "one of the two that live may be out";
  stage.kill(3);
  EXPECT_EQ(stage.percents(), (Percents{0, 0, kKeptInPercent, 0})) << "never the last one";
  stage.kill(2);
  EXPECT_EQ(stage.percents(), (Percents{0, 0, 0, 0}));
  EXPECT_FALSE(stage.service.has_anybody());
}

TEST(WatchedService, TheSameDistributionIsTheSameService) {
  ServiceStage stage(3);
  stage.start_all();
  EXPECT_TRUE(stage.share_out());
  const auto first = stage.service.service();
  EXPECT_FALSE(stage.share_out());
  stage.probe(0, true);
  stage.clock.advance(1h);
  EXPECT_FALSE(stage.share_out());
  EXPECT_EQ(stage.service.service(), first);
  stage.open(0);
  EXPECT_TRUE(stage.share_out());
  EXPECT_NE(stage.service.service(), first);
}

// A source may tell again and again what it has told before.
TEST(WatchedService, TheSameRosterIsTheSameService) {
  ServiceStage stage(3);
  stage.start_all();
  stage.share_out();
  const auto first = stage.service.service();
  EXPECT_TRUE(stage.ask(roster_of(3)).empty());
  EXPECT_FALSE(stage.share_out());
  EXPECT_EQ(stage.service.service(), first);
}

TEST(WatchedService, KeepsWhomItKnowsWhateverElseChanges) {
  ServiceStage stage(3);
  stage.start_all();
  stage.share_out();
  const auto before = stage.service.service();
  const auto kept = stage.at(2).state();
  RosterService asked = roster_of(3);
  asked.instances.erase(asked.instances.begin());
  asked.instances[1].weight = 7;
  asked.settings.retry.attempts = 4;
  const auto gone = stage.ask(asked);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0]->asked().identity, "i0");
  EXPECT_EQ(stage.at(1).state(), kept);
  EXPECT_EQ(stage.percents(), (Percents{100, 100})) << "nobody has to start again";
  const auto after = stage.service.service();
  EXPECT_NE(after, before);
  EXPECT_EQ(after->settings.retry.attempts, 4u);
  EXPECT_EQ(after->state, before->state);
  EXPECT_EQ(stage.picks(800), (Picks{{"i1", 100}, {"i2", 700}}));
}

TEST(WatchedService, TheSameIdentityElsewhereIsANewOne) {
  ServiceStage stage(2);
  stage.start_all();
  const auto before = stage.at(0).state();
  RosterService asked = roster_of(2);
  asked.instances[0].address = address_of(9100);
  const auto gone = stage.ask(asked);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0]->state(), before);
  EXPECT_NE(stage.at(0).state(), before);
  EXPECT_EQ(stage.percents(), (Percents{0, 100}));
}

// A place in the list is not an instance: who is out stays out when a reload names them in another order.
TEST(WatchedService, WhoIsOutStaysOutInAnotherOrder) {
  ServiceStage stage(2);
  stage.start_all();
  stage.open(1);
  EXPECT_EQ(stage.percents(), (Percents{100, 0}));
  stage.open(0);
  ASSERT_EQ(stage.percents(), (Percents{kKeptInPercent, 0}));
  RosterService asked = roster_of(2);
  std::swap(asked.instances[0], asked.instances[1]);
  stage.ask(asked);
  EXPECT_EQ(stage.percents(), (Percents{0, kKeptInPercent}));
}

TEST(WatchedService, IsSettledWhenEachHasBeenLookedAt) {
  ServiceStage stage(2);
  stage.service.settle(stage.clock.now());
  EXPECT_FALSE(stage.service.is_settled());
  stage.probe(0, true);
  stage.service.settle(stage.clock.now());
  EXPECT_FALSE(stage.service.is_settled());
  stage.probe(1, false);
  stage.service.settle(stage.clock.now());
  EXPECT_TRUE(stage.service.is_settled());
}

TEST(WatchedService, IsSettledWhenAProbeWouldHaveHadItsTime) {
  ServiceStage stage(2);
  stage.clock.advance(999ms);
  stage.service.settle(stage.clock.now());
  EXPECT_FALSE(stage.service.is_settled());
  stage.clock.advance(1ms);
  stage.service.settle(stage.clock.now());
  EXPECT_TRUE(stage.service.is_settled());
}

TEST(WatchedService, SettledOnceItStaysSo) {
  ServiceStage stage(1);
  stage.start_all();
  stage.service.settle(stage.clock.now());
  stage.ask(roster_of(3));
  stage.service.settle(stage.clock.now());
  EXPECT_TRUE(stage.service.is_settled());
}

}  // namespace
}  // namespace rota
