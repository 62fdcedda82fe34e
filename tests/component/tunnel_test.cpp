// Upgraded connections on the in-memory network: when a tunnel begins, what goes through it, and how it ends.
#include <fmt/format.h>

#include "tests/component/proxy_stage.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kAsk =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
constexpr std::string_view kSwitch = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-A: 1\r\n\r\n";
constexpr std::string_view kSwitched = "HTTP/1.1 101 Switching Protocols\r\nX-A: 1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

std::string ask(std::string_view behind = "") { return std::string(kAsk).append(behind); }

// Switches, greets, sends back what comes, and says goodbye behind the client's end.
Task<void> switch_and_echo(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream, std::string before) {
  Seen seen{.head = {}, .body = {}, .instance = instance};
  std::string rest;
  const bool whole = co_await read_request(stage, *stream, rest, seen);
  if (!whole) co_return;
  stage.seen.push_back(seen);
  before += rest;  // of what is behind the head, nothing may have come yet
  const bool switched = co_await write_text(*stream, std::string(kSwitch) + before + "hello ");
  if (!switched) co_return;
  for (std::string text;; text.clear()) {
    const bool more = co_await read_some(stage, *stream, text);
    if (!more) break;
    const bool sent = co_await write_text(*stream, text);
    if (!sent) co_return;
  }
  co_await write_text(*stream, " bye");
}

ProxyStage::Script echo_through() {
  return [](ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
    return switch_and_echo(stage, instance, std::move(stream), "");
  };
}

TEST(Tunnel, CarriesBytesBothWaysBehindA101ThatWasAskedFor) {
  ProxyStage stage(1);
  stage.play(echo_through());
  const std::size_t client = stage.add_client({ask(), "one ", "two"}, true);
  stage.run();
  EXPECT_EQ(stage.received(client), std::string(kSwitched) + "hello one two bye");
  EXPECT_EQ(stage.end_of(client), ErrorCode::end_of_stream);
  ASSERT_EQ(stage.seen.size(), 1u);
  EXPECT_NE(stage.seen[0].head.find("\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"), std::string::npos) << stage.seen[0].head;
}

TEST(Tunnel, GetsWhatCameWithTheRequestOnlyBehindThe101) {
  ProxyStage stage(1);
  stage.play(echo_through());
  const std::size_t client = stage.add_client({ask("early ")}, true);
  stage.run();
  EXPECT_EQ(stage.received(client), std::string(kSwitched) + "hello early  bye");
}

// CVE-2026-2833 of another proxy: what stands behind a request that is not upgraded is the next request, and no tunnel's.
TEST(Tunnel, IsNoneWhereTheInstanceAnswersOtherwise) {
  ProxyStage stage(1);
  stage.play(echo());
  const std::size_t client = stage.add_client({ask("GET /next HTTP/1.1\r\nHost: a\r\nX-Id: next\r\nConnection: close\r\n\r\n")});
  stage.run();
  EXPECT_EQ(stage.received(client),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Instance: 0\r\n\r\n"
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Instance: 0\r\nConnection: close\r\n\r\nnext");
  EXPECT_EQ(stage.seen.size(), 2u);
}

TEST(Tunnel, NeedsA101ToJustWhatWasAskedFor) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string refused[][2] = {
      {get, std::string(kSwitch)},
      {ask(), "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n"},
      {ask(), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"},
      {ask(), "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n"},
      {ask(), "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n"},
      {ask(), "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello"},
      {ask(), "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {ask(), "HTTP/1.0 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
  };
  for (const auto& [request, said] : refused) {
    ProxyStage stage(1);
    stage.play(answer(said));
    const std::size_t client = stage.add_client({request});
    stage.run();
    EXPECT_TRUE(stage.received(client).starts_with("HTTP/1.1 502 Bad Gateway\r\n")) << said << stage.received(client);
  }
}

TEST(Tunnel, MayBeginBehindAnInterimAnswer) {
  ProxyStage stage(1);
  stage.play(answer("HTTP/1.1 103 Early Hints\r\n\r\n" + std::string(kSwitch) + "x", true));
  const std::size_t client = stage.add_client({ask()}, true);
  stage.run();
  EXPECT_EQ(stage.received(client), "HTTP/1.1 103 Early Hints\r\n\r\n" + std::string(kSwitched) + "x");
}

Task<void> say_and_listen(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream, std::string said, std::string& heard) {
  Seen seen{.head = {}, .body = {}, .instance = instance};
  std::string rest;
  const bool whole = co_await read_request(stage, *stream, rest, seen);
  if (!whole) co_return;
  co_await write_text(*stream, std::string(kSwitch) + said);
  stream->shutdown_write();
  for (bool more = true; more;) more = co_await read_some(stage, *stream, heard);
}

Task<void> read_all(ProxyStage& stage, Stream& stream, std::string& into) {
  for (bool more = true; more;) more = co_await read_some(stage, stream, into);
}

Task<void> say_all(Stream& stream, std::string text) {
  co_await write_text(stream, std::move(text));
  stream.shutdown_write();
}

// The instance ends its direction first: the client sees that end, and what the client still says arrives.
TEST(Tunnel, HasTwoDirectionsThatEndByThemselves) {
  ProxyStage stage(1);
  std::string heard;
  stage.play([&heard](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
    return say_and_listen(on, instance, std::move(stream), "all I say", heard);
  });
  std::unique_ptr<Stream> client = stage.connect();
  client->write_without_waiting(kAsk);
  std::string received;
  TaskGroup reading;
  reading.spawn(read_all(stage, *client, received));
  stage.run_until([&] { return reading.running() == 0; });
  EXPECT_EQ(received, std::string(kSwitched) + "all I say");
  EXPECT_EQ(stage.open_connections(), 1u);
  client->write_without_waiting("and I go on");
  client->shutdown_write();
  stage.run();
  EXPECT_EQ(heard, "and I go on");
  EXPECT_EQ(stage.open_connections(), 0u);
}

Task<void> switch_and_die(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
  Seen seen{.head = {}, .body = {}, .instance = instance};
  std::string rest;
  co_await read_request(stage, *stream, rest, seen);
  co_await write_text(*stream, std::string(kSwitch) + "half a mess");
  stream->reset_on_close();
  co_await stage.reactor().sleep_until(Deadline::after(stage.reactor().now(), 1s));
}

TEST(Tunnel, ThatBreaksOnOneSideIsAResetOnTheOther) {
  ProxyStage stage(1);
  stage.play(switch_and_die);
  const std::size_t client = stage.add_client({ask()});
  stage.run();
  EXPECT_EQ(stage.end_of(client), ErrorCode::reset);
}

TEST(Tunnel, OfAClientThatBreaksIsLeftByItsInstanceToo) {
  ProxyStage stage(1);
  stage.play(echo_through());
  const TimePoint before = stage.clock().now();
  std::unique_ptr<Stream> client = stage.connect();
  client->write_without_waiting(kAsk);
  stage.run_until_seen(1);
  client->reset_on_close();
  client.reset();
  stage.run_until_no_connection_is_open();
  EXPECT_LT(stage.clock().now() - before, 200ms);
}

TEST(Tunnel, EndsWhenNothingHasMovedForItsTime) {
  ProxyStage stage(1, {}, {.tunnel = 60s});
  stage.play(echo_through());
  const std::size_t client = stage.add_client({ask()});
  stage.run_until_received(client, "hello ");
  const TimePoint before = stage.clock().now();
  stage.run();
  EXPECT_GE(stage.clock().now() - before, 60s);
  EXPECT_LT(stage.clock().now() - before, 62s);
  EXPECT_EQ(stage.end_of(client), ErrorCode::reset) << "an end would look like one that was meant";
}

TEST(Tunnel, GoesOnAsLongAsEitherSideSpeaks) {
  ProxyStage stage(1, {}, {.body = 1s, .tunnel = 60s});
  stage.play(echo_through());
  const std::size_t client = stage.add_client({ask()});
  stage.run_until_received(client, "hello ");
  for (int minute = 0; minute < 5; ++minute) {
    stage.clock().advance(55s);
    stage.send(client, fmt::format("{} ", minute));
    stage.run_until_received(client, fmt::format("{} ", minute));
  }
  const TimePoint before = stage.clock().now();
  stage.run();
  EXPECT_GE(stage.clock().now() - before, 60s);
  EXPECT_TRUE(stage.received(client).ends_with("hello 0 1 2 3 4 "));
}

TEST(Tunnel, IsLeftInPeaceByADrainUntilAllIsEnded) {
  ProxyStage stage(1);
  stage.play(echo_through());
  const std::size_t client = stage.add_client({ask()});
  stage.run_until_received(client, "hello ");
  stage.worker().leave();
  stage.send(client, "still here");
  stage.run_until_received(client, "still here");
  EXPECT_EQ(stage.open_connections(), 1u);
  const TimePoint before = stage.clock().now();
  stage.worker().end_all();
  stage.run_until_no_connection_is_open();
  EXPECT_LT(stage.clock().now() - before, 200ms);
}

// It may last for days, and must not hold what was in force when it began.
TEST(Tunnel, LetsGoOfItsSnapshot) {
  ProxyStage stage(1);
  stage.play(echo_through());
  const std::size_t client = stage.add_client({ask()});
  stage.run_until_received(client, "hello ");
  const std::weak_ptr<const Snapshot> watched = stage.worker().snapshots().in_force();
  stage.worker().publish({.snapshot = empty_snapshot()});
  EXPECT_TRUE(watched.expired());
  stage.send(client, "on and on");
  stage.run_until_received(client, "on and on");
}

TEST(Tunnel, OfMegabytesGoesThroughSmallPipesBothWaysAtOnce) {
  ProxyStage stage(1);
  stage.network().set_capacity(1000);
  std::string much(1'000'000, 'x');
  for (std::size_t i = 0; i < much.size(); i += 100) much[i] = static_cast<char>('a' + i / 100 % 26);
  std::string heard;
  stage.play([&](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
    return say_and_listen(on, instance, std::move(stream), much, heard);
  });
  const std::unique_ptr<Stream> client = stage.connect();
  std::string received;
  TaskGroup both;
  both.spawn(read_all(stage, *client, received));
  both.spawn(say_all(*client, ask(much)));
  stage.run();
  EXPECT_TRUE(received == std::string(kSwitched) + much);
  EXPECT_TRUE(heard == much);
}

TEST(Tunnel, LeaksNothingAndHangsNothingWhicheverOperationFails) {
  const auto play = [](std::uint64_t failing, Fault fault) {
    SCOPED_TRACE(fmt::format("operation {}, fault {}", failing, static_cast<int>(fault)));
    ProxyStage stage(2);
    stage.network().fail_operation(failing, fault);
    stage.play(echo_through());
    const std::size_t client = stage.add_client({ask("early "), "one ", "two"}, true);
    stage.run();
    EXPECT_TRUE(stage.has_ended(client));
    const std::string whole = std::string(kSwitched) + "hello early one two bye";
    if (failing == 0 || fault == Fault::trickle) EXPECT_EQ(stage.received(client), whole);
    // An end that comes early is an end like any other: less has been said before the goodbye.
    const bool told = fault != Fault::end && stage.received(client).starts_with("HTTP/1.1 101");
    if (told) EXPECT_TRUE(whole.starts_with(stage.received(client))) << stage.received(client);
    stage.finish();
    return stage.network().operations();
  };
  const std::uint64_t operations = play(0, Fault::reset);
  ASSERT_GT(operations, 10u);
  for (const Fault fault : {Fault::reset, Fault::end, Fault::trickle}) {
    for (std::uint64_t n = 1; n <= operations && !testing::Test::HasFailure(); ++n) play(n, fault);
  }
}

}  // namespace
}  // namespace rota::test
