// What the attempts of a request leave behind at its instances, and at those that were never asked: counts, breakers, places.
#include "tests/component/proxy_stage.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

const Service& service(ProxyStage& stage) { return *stage.worker().snapshots().in_force()->services[0]; }
InstanceState& state(ProxyStage& stage, std::size_t instance = 0) { return *service(stage).instances[instance]->state; }
InstanceCells& cells(ProxyStage& stage, std::size_t instance = 0) { return state(stage, instance).cells.of(0); }

Task<void> count_and_say_nothing(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  bool whole = true;
  while (whole) {
    whole = co_await read_request(stage, *stream, rest, seen);
    if (whole) stage.seen.push_back(seen);
  }
}

// Answers each request a tenth of a second later.
Task<void> take_time(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  for (bool going_on = true; going_on;) {
    going_on = co_await read_request(stage, *stream, rest, seen);
    if (!going_on) co_return;
    stage.seen.push_back(seen);
    co_await stage.reactor().sleep_until(Deadline::after(stage.reactor().now(), 100ms));
    going_on = co_await write_text(*stream, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
  }
}

// timeouts.request ends the request wherever it is: another instance could not help it, and is not to blame.
TEST(Attempts, ARequestThatHasNoTimeLeftBlamesOnlyWhoWasAsked) {
  ProxyStage stage(3, {}, {.response = 30s, .request = 2s});
  stage.play(count_and_say_nothing);
  const std::size_t client = stage.add_client({std::string(kGet)});
  stage.run_until_received(client, "HTTP/1.1 504 ");
  ASSERT_EQ(stage.seen.size(), 1u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(cells(stage, i).broken.value(), i == stage.seen[0].instance ? 1u : 0u) << i;
  for (const Counter& retries : service(stage).state->cells.of(0).retries) EXPECT_EQ(retries.value(), 0u);
}

// A breaker lets one attempt through; where that is an event stream, nobody else may have to wait for its end.
TEST(Attempts, ATrialIsDecidedWhenItsAnswerBegins) {
  ProxyStage stage(1);
  Rng rng(1);
  for (int i = 0; i < 5; ++i) state(stage).breaker.failed({}, stage.clock().now(), rng, false);
  ASSERT_EQ(state(stage).breaker.state(stage.clock().now()), Breaker::State::open);
  stage.clock().advance(6s);
  stage.play(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
  const std::size_t client = stage.add_client({std::string(kGet)});
  stage.run_until_received(client, "hello");
  EXPECT_EQ(state(stage).breaker.state(stage.clock().now()), Breaker::State::closed);
}

TEST(Attempts, ATrialThatIsAnsweredWithAStreamOfErrorsHasFailed) {
  ProxyStage stage(1);
  Rng rng(1);
  for (int i = 0; i < 5; ++i) state(stage).breaker.failed({}, stage.clock().now(), rng, false);
  stage.clock().advance(6s);
  stage.play(answer("HTTP/1.1 500 Internal Server Error\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
  const std::size_t client = stage.add_client({std::string(kGet)});
  stage.run_until_received(client, "hello");
  EXPECT_EQ(state(stage).breaker.state(stage.clock().now()), Breaker::State::open);
  EXPECT_EQ(state(stage).breaker.opened(), 2u);
}

// What a slow client takes to send its body says nothing about the instance.
TEST(Attempts, AnUploadIsNotTheInstancesLatency) {
  ProxyStage stage(1);
  stage.play(echo());
  const std::size_t client = stage.add_client({"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello"});
  stage.run_until([&] { return cells(stage).in_flight.value() == 1; });
  for (int i = 0; i < 30; ++i) {
    stage.clock().advance(100ms);
    stage.reactor().turn();
    EXPECT_EQ(cells(stage).waiting.value(), 0);
    EXPECT_EQ(cells(stage).oldest.value(), 0);
  }
  stage.send(client, "world");
  stage.run_until_received(client, "helloworld");
  HistogramSum latency;
  latency.add(cells(stage).latency);
  EXPECT_EQ(latency.count(), 1u);
  EXPECT_LT(latency.sum(), 100ms);
}

// From its end on it is.
TEST(Attempts, WhoAnswersAnUploadLateWaitsFromItsEnd) {
  ProxyStage stage(1);
  stage.play(take_time);
  const std::size_t client = stage.add_client({"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello"});
  stage.run_until([&] { return cells(stage).in_flight.value() == 1; });
  stage.clock().advance(3s);
  stage.send(client, "world");
  stage.run_until_received(client, "done");
  HistogramSum latency;
  latency.add(cells(stage).latency);
  EXPECT_EQ(latency.count(), 1u);
  EXPECT_GE(latency.sum(), 100ms);
  EXPECT_LT(latency.sum(), 200ms);
}

// Several places that become free in one turn are one word to the line.
TEST(Attempts, AllPlacesThatBecomeFreeTogetherAreTakenAtOnce) {
  constexpr std::size_t kLimit = 8;
  ProxyStage stage(1);
  const Instance& instance = *service(stage).instances[0];
  RosterService limited{.name = "app", .settings = {}, .instances = {{.identity = instance.identity, .address = instance.address}}};
  limited.settings.max_requests = {.limit = kLimit, .queue = 100, .wait = 10s};
  std::vector<Route> routes{{.host = {}, .path = {}, .service = 0, .timeouts = {}}};
  stage.worker().publish(
      {.snapshot = snapshot_of({.services = {std::move(limited)}, .routes = std::make_shared<const Routes>(std::move(routes))},
                               std::make_shared<Slots>())});
  stage.play(take_time);
  for (std::size_t i = 0; i < 2 * kLimit; ++i) stage.add_client({std::string(kGet)});
  stage.run_until_seen(kLimit);
  const TimePoint begun = stage.clock().now();
  stage.run_until_seen(2 * kLimit);
  EXPECT_LT(stage.clock().now() - begun, 100ms + PlaceLine::kAskAgain) << "the others had to ask by themselves";
}

}  // namespace
}  // namespace rota::test
