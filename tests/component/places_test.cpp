// max_requests: an instance has as many requests as it may have, and the others wait in line for a place, within bounds.
#include <fmt/format.h>

#include "tests/component/proxy_stage.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

// Two instances that answer when they are told to.
class PlaceStage {
 public:
  explicit PlaceStage(MaxRequests places, std::size_t instances = 2) : proxy_(instances, {}, {.response = 0s}) {
    proxy_.play([this](ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
      return listen(stage, instance, std::move(stream), waiting_);
    });
    RosterService service{.name = "app", .settings = {}, .instances = {}};
    service.settings.max_requests = places;
    service.settings.timeouts.response = 0s;
    for (std::size_t i = 0; i < instances; ++i) {
      const Address address{.family = Address::Family::ipv4, .port = static_cast<std::uint16_t>(9001 + i), .host = "192.0.2.10"};
      service.instances.push_back({.identity = address.text(), .address = address});
    }
    std::vector<Route> routes{{.host = {}, .path = {}, .service = 0, .timeouts = service.settings.timeouts}};
    const auto slots = std::make_shared<Slots>();
    for (std::size_t i = 0; i < instances; ++i) slots->take();  // the stage's own
    snapshot_ = snapshot_of({.services = {std::move(service)}, .routes = std::make_shared<const Routes>(std::move(routes))}, slots);
    proxy_.worker().publish({.snapshot = snapshot_});
  }

  std::size_t ask(std::string_view id) { return proxy_.add_client({fmt::format("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", id)}); }
  // Whatever can happen without time going on.
  void settle() { ASSERT_TRUE(proxy_.network().run_now(1000)); }
  void pass(Duration duration) {
    const TimePoint until = proxy_.clock().now() + duration;
    while (proxy_.clock().now() < until) {
      proxy_.clock().advance(1ms);
      settle();
    }
  }
  // The oldest request that an instance has is answered.
  void answer_one() {
    ASSERT_FALSE(waiting_.empty());
    waiting_.front()->write_without_waiting("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    waiting_.erase(waiting_.begin());
    settle();
  }
  std::string targets() const {
    std::string all;
    for (const Seen& seen : proxy_.seen) all += seen.head.substr(5, 1);
    return all;
  }
  InstanceState& state(std::size_t i) const { return *snapshot_->services[0]->instances[i]->state; }
  std::uint64_t held(std::size_t i) const { return state(i).held.load(); }
  std::uint64_t queued() const { return snapshot_->services[0]->state->queued.load(); }
  ProxyStage& proxy() { return proxy_; }

 private:
  // Reads on, and leaves the answers to the test.
  static Task<void> listen(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream, std::vector<Stream*>& waiting) {
    std::string rest;
    for (;;) {
      Seen seen{.head = {}, .body = {}, .instance = instance};
      const bool whole = co_await read_request(stage, *stream, rest, seen);
      if (!whole) co_return;
      stage.seen.push_back(seen);
      waiting.push_back(stream.get());
    }
  }

  std::vector<Stream*> waiting_;
  ProxyStage proxy_;
  std::shared_ptr<const Snapshot> snapshot_;
};

TEST(Places, AreKeptAndWhoWaitsIsServedInOrder) {
  PlaceStage stage({.limit = 1, .queue = 10, .wait = 1s});
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    stage.ask(id);
    stage.settle();
  }
  EXPECT_EQ(stage.targets(), "ab");
  EXPECT_EQ(stage.held(0), 1u);
  EXPECT_EQ(stage.held(1), 1u);
  EXPECT_EQ(stage.queued(), 3u);
  stage.answer_one();
  EXPECT_EQ(stage.targets(), "abc");
  EXPECT_EQ(stage.queued(), 2u);
  stage.answer_one();
  stage.answer_one();
  EXPECT_EQ(stage.targets(), "abcde");
  stage.answer_one();
  stage.answer_one();
  for (std::size_t client = 0; client < 5; ++client) EXPECT_TRUE(stage.proxy().received(client).ends_with("\r\n\r\nok")) << client;
  EXPECT_EQ(stage.held(0) + stage.held(1) + stage.queued(), 0u);
}

TEST(Places, ALineThatIsFullIsA503AtOnce) {
  PlaceStage stage({.limit = 1, .queue = 1, .wait = 1s}, 1);
  stage.ask("a");
  stage.settle();
  stage.ask("b");
  stage.settle();
  const TimePoint before = stage.proxy().clock().now();
  const std::size_t third = stage.ask("c");
  stage.settle();
  EXPECT_TRUE(stage.proxy().received(third).starts_with("HTTP/1.1 503 ")) << stage.proxy().received(third);
  EXPECT_NE(stage.proxy().received(third).find("\r\nProxy-Status: rota; error=connection_limit_reached\r\n"), std::string::npos);
  EXPECT_NE(stage.proxy().received(third).find("\r\nRetry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(stage.proxy().clock().now(), before);
  EXPECT_EQ(stage.queued(), 1u);
  stage.answer_one();
  stage.answer_one();
  EXPECT_EQ(stage.held(0) + stage.queued(), 0u);
}

TEST(Places, WhoWaitsTooLongIsToldSo) {
  PlaceStage stage({.limit = 1, .queue = 10, .wait = 1s}, 1);
  stage.ask("a");
  stage.settle();
  const std::size_t second = stage.ask("b");
  stage.settle();
  stage.pass(900ms);
  EXPECT_EQ(stage.proxy().received(second), "");
  stage.pass(200ms);
  EXPECT_TRUE(stage.proxy().received(second).starts_with("HTTP/1.1 503 ")) << stage.proxy().received(second);
  EXPECT_EQ(stage.queued(), 0u);
  stage.answer_one();
  EXPECT_EQ(stage.targets(), "a");
  EXPECT_EQ(stage.held(0), 0u);
}

TEST(Places, WhoLeavesTheLineMakesNobodyWaitLonger) {
  PlaceStage stage({.limit = 1, .queue = 10, .wait = 10s}, 1);
  stage.ask("a");
  stage.settle();
  const std::size_t second = stage.ask("b");
  stage.settle();
  stage.ask("c");
  stage.settle();
  stage.proxy().hang_up(second);
  stage.pass(200ms);  // an end is looked into for a moment: it could be a half-close
  EXPECT_EQ(stage.queued(), 1u);
  stage.answer_one();
  EXPECT_EQ(stage.targets(), "ac");
  stage.answer_one();
  EXPECT_EQ(stage.held(0) + stage.queued(), 0u);
}

// Whoever was full has failed it since: there is nothing to wait for, and what went wrong is told.
TEST(Places, WhoHasTriedEverybodyDoesNotWaitForAPlace) {
  PlaceStage stage({.limit = 1, .queue = 10, .wait = 10s});
  stage.proxy().play(nullptr);  // nobody listens any more
  stage.state(0).held.store(1);
  const std::size_t client = stage.ask("a");
  stage.pass(20ms);
  stage.state(0).held.store(0);
  stage.pass(20ms);
  EXPECT_TRUE(stage.proxy().received(client).starts_with("HTTP/1.1 503 ")) << stage.proxy().received(client);
  EXPECT_NE(stage.proxy().received(client).find("error=destination_unavailable"), std::string::npos);
  EXPECT_EQ(stage.queued(), 0u);
}

// Another worker has the only place, and gives it back without a word to this one.
TEST(Places, OfOtherWorkersAreLookedForAgain) {
  PlaceStage stage({.limit = 1, .queue = 10, .wait = 1s}, 1);
  stage.state(0).held.store(1);
  stage.ask("a");
  stage.pass(100ms);
  EXPECT_EQ(stage.targets(), "");
  EXPECT_EQ(stage.queued(), 1u);
  stage.state(0).held.store(0);
  stage.pass(6ms);
  EXPECT_EQ(stage.targets(), "a");
  EXPECT_EQ(stage.held(0), 1u);
  stage.answer_one();
  EXPECT_EQ(stage.held(0) + stage.queued(), 0u);
}

}  // namespace
}  // namespace rota::test
