// Each deadline of a request, on the manual clock: that it ends what it is for, when, and what the client is told.
#include <fmt/format.h>

#include "tests/component/proxy_stage.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// From now until everything has ended.
Duration time_of(ProxyStage& stage) {
  const TimePoint before = stage.clock().now();
  stage.run();
  return stage.clock().now() - before;
}

// At the deadline, or a little later: a connection that is closed with an answer lingers for at most a second.
void expect_at(Duration took, Duration deadline) {
  EXPECT_GE(took, deadline);
  EXPECT_LT(took, deadline + 1200ms);
}

void expect_told(const std::string& received, std::string_view status, std::string_view token) {
  EXPECT_TRUE(received.starts_with(fmt::format("HTTP/1.1 {} ", status))) << received;
  EXPECT_NE(received.find(fmt::format("\r\nProxy-Status: rota; error={}\r\n", token)), std::string::npos) << received;
}

Task<void> listen_only(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  for (;;) {
    const bool whole = co_await read_request(stage, *stream, rest, seen);
    if (!whole) co_return;
    stage.seen.push_back(seen);
  }
}

// Says `text` as soon as a request's head is there, and nothing more.
ProxyStage::Script say_then_listen(std::string text) {
  return [text](ProxyStage&, std::size_t, std::unique_ptr<Stream> stream) -> Task<void> {
    return [](std::unique_ptr<Stream> to, std::string words) -> Task<void> {
      co_await write_text(*to, std::move(words));
      BufferPool pool(1024);
      for (bool open = true; open;) {
        Result<Buffer> more = co_await to->read(pool, Deadline::never());
        open = more.has_value();
      }
    }(std::move(stream), text);
  };
}

TEST(Deadline, OfAHeadIsA408) {
  ProxyStage stage(1, {.header_timeout = 7s});
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHos"});
  expect_at(time_of(stage), 7s);
  expect_told(stage.received(client), "408", "http_request_error");
}

// It counts from the first byte, however many come: one byte a second does not move it.
TEST(Deadline, OfAHeadIsNotMovedByDripping) {
  ProxyStage stage(1, {.header_timeout = 7s});
  const std::size_t client = stage.add_client({"G"});
  const TimePoint before = stage.clock().now();
  for (const char drop : std::string_view("ET /aaaaaaaaaaaaaaaaa")) {
    stage.run_until([&, until = stage.clock().now() + 1s] {
      if (stage.has_ended(client) || stage.clock().now() >= until) return true;
      stage.clock().advance(100ms);
      return false;
    });
    if (stage.has_ended(client)) break;
    stage.send(client, {&drop, 1});
  }
  EXPECT_TRUE(stage.has_ended(client));
  expect_at(stage.clock().now() - before, 7s);
  expect_told(stage.received(client), "408", "http_request_error");
}

TEST(Deadline, OfTheFirstByteClosesWithoutAWord) {
  ProxyStage stage(1, {.header_timeout = 7s, .idle = 300s});
  const std::size_t client = stage.add_client({});
  expect_at(time_of(stage), 7s);
  EXPECT_EQ(stage.received(client), "");
  EXPECT_EQ(stage.end_of(client), ErrorCode::end_of_stream);
}

TEST(Deadline, OfAnIdleConnectionClosesWithoutAWord) {
  ProxyStage stage(1, {.header_timeout = 7s, .idle = 30s});
  stage.play(answer("HTTP/1.1 204 No Content\r\n\r\n"));
  const std::size_t client = stage.add_client({std::string(kGet)});
  expect_at(time_of(stage), 30s);
  EXPECT_EQ(stage.received(client), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(stage.end_of(client), ErrorCode::end_of_stream);
}

TEST(Deadline, OfConnectingIsForEachInstanceAndThenA503) {
  ProxyStage stage(3, {.idle = 1s}, {.connect = 2s});
  stage.play_silence();
  const std::size_t client = stage.add_client({std::string(kGet)});
  const TimePoint before = stage.clock().now();
  stage.run_until_received(client, "\r\n\r\n");
  expect_at(stage.clock().now() - before, 6s);
  expect_told(stage.received(client), "503", "destination_unavailable");
}

TEST(Deadline, OfAResponseIsA504) {
  ProxyStage stage(1, {.idle = 1s}, {.response = 3s});
  stage.play(listen_only);
  const std::size_t client = stage.add_client({std::string(kGet)});
  const TimePoint before = stage.clock().now();
  stage.run_until_received(client, "\r\n\r\n");
  expect_at(stage.clock().now() - before, 3s);
  expect_told(stage.received(client), "504", "http_response_timeout");
}

TEST(Deadline, OfAResponseEndsAHeadThatDrips) {
  ProxyStage stage(1, {.idle = 1s}, {.response = 3s});
  stage.play(say_then_listen("HTTP/1.1 200 O"));
  const std::size_t client = stage.add_client({std::string(kGet)});
  const TimePoint before = stage.clock().now();
  stage.run_until_received(client, "\r\n\r\n");
  expect_at(stage.clock().now() - before, 3s);
  expect_told(stage.received(client), "504", "http_response_timeout");
}

Task<void> hear(ProxyStage& stage, std::unique_ptr<Stream> stream, std::string& heard) {
  for (bool more = true; more;) more = co_await read_some(stage, *stream, heard);
}

// An upload may take as long as it moves: only from its end does the instance owe an answer.
TEST(Deadline, OfAResponseCountsFromTheEndOfTheUpload) {
  ProxyStage stage(1, {.idle = 1s}, {.response = 3s, .body = 60s});
  std::string heard;
  stage.play([&heard](ProxyStage& on, std::size_t, std::unique_ptr<Stream> stream) { return hear(on, std::move(stream), heard); });
  const std::size_t client = stage.add_client({"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab"});
  stage.run_until([&] { return heard.ends_with("ab"); });
  stage.clock().advance(50s);
  stage.send(client, "cd");
  stage.run_until([&] { return heard.ends_with("abcd"); });
  const TimePoint before = stage.clock().now();
  stage.run_until_received(client, "\r\n\r\n");
  expect_at(stage.clock().now() - before, 3s);
  expect_told(stage.received(client), "504", "http_response_timeout");
}

TEST(Deadline, OfTheWholeRequestCoversAllAttempts) {
  ProxyStage stage(5, {.idle = 1s}, {.connect = 2s, .request = 5s});
  stage.play_silence();
  const std::size_t client = stage.add_client({std::string(kGet)});
  const TimePoint before = stage.clock().now();
  stage.run_until_received(client, "\r\n\r\n");
  expect_at(stage.clock().now() - before, 5s);
  expect_told(stage.received(client), "504", "http_response_timeout");
}

TEST(Deadline, OfTheWholeRequestIsThe408OfAClientThatIsNotDone) {
  ProxyStage stage(1, {}, {.request = 5s, .body = 60s});
  stage.play(listen_only);
  const std::size_t client = stage.add_client({"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab"});
  expect_at(time_of(stage), 5s);
  expect_told(stage.received(client), "408", "http_request_error");
  EXPECT_TRUE(stage.seen.empty());
}

TEST(Deadline, OfTheWholeRequestEndsWithTheHeadOfItsAnswer) {
  ProxyStage stage(1, {.idle = 1s}, {.request = 5s, .body = 60s});
  stage.play(say_then_listen("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n"));
  const std::size_t client = stage.add_client({std::string(kGet)});
  stage.run_until_received(client, "one\r\n");
  expect_at(time_of(stage), 60s);
  EXPECT_TRUE(stage.received(client).ends_with("3\r\none\r\n"));
}

TEST(Deadline, OfABodyThatStallsOnItsWayUpIsA408) {
  ProxyStage stage(1, {}, {.body = 9s});
  stage.play(listen_only);
  const std::size_t client = stage.add_client({"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab"});
  expect_at(time_of(stage), 9s);
  expect_told(stage.received(client), "408", "http_request_error");
  EXPECT_TRUE(stage.seen.empty());
}

TEST(Deadline, OfABodyThatStallsOnItsWayDownCutsItVisibly) {
  ProxyStage stage(1, {}, {.body = 9s});
  stage.play(say_then_listen("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf"));
  const std::size_t client = stage.add_client({std::string(kGet)});
  expect_at(time_of(stage), 9s);
  EXPECT_TRUE(stage.received(client).ends_with("\r\n\r\nhalf"));
  EXPECT_TRUE(stage.has_ended(client));
}

TEST(Deadline, OfAClientThatDoesNotReadFreesItsInstance) {
  ProxyStage stage(1, {}, {.body = 9s});
  stage.network().set_capacity(1000);
  stage.play(answer("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100000, 'x')));
  const std::unique_ptr<Stream> client = stage.connect();
  client->write_without_waiting(kGet);
  expect_at(time_of(stage), 9s);
  EXPECT_EQ(stage.open_connections(), 0u);
}

// What it has not taken of rota's own answers goes with the connection: an end in order would leave it to the kernel.
TEST(Deadline, OfAClientThatDoesNotReadOurAnswersResetsIt) {
  ProxyStage stage(1);
  stage.network().set_capacity(1000);
  stage.play(ProxyStage::Script());  // refuses, so each request is a 503
  const std::unique_ptr<Stream> client = stage.connect();
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += kGet;
  client->write_without_waiting(requests);
  expect_at(time_of(stage), 5s);
  EXPECT_EQ(stage.open_connections(), 0u);
  client->set_ready(Readiness::readable);
  BufferPool pool(4096);
  const Result<Buffer> read = client->read_now(pool);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::reset);
}

// Answers a connection's first request, and no other.
Task<void> answer_once(ProxyStage& stage, std::unique_ptr<Stream> stream) {
  std::string heard;
  while (!heard.ends_with("\r\n\r\n")) {
    const bool more = co_await read_some(stage, *stream, heard);
    if (!more) co_return;
  }
  const bool written = co_await write_text(*stream, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
  if (!written) co_return;
  bool more = true;
  while (more) more = co_await read_some(stage, *stream, heard);
}

// What is left of the first one's timer does not end it.
TEST(Deadline, OfASecondResponseOnAConnectionIsItsOwn) {
  ProxyStage stage(1, {.idle = 300s}, {.response = 3s});
  stage.play([](ProxyStage& on, std::size_t, std::unique_ptr<Stream> stream) { return answer_once(on, std::move(stream)); });
  const std::size_t client = stage.add_client({std::string(kGet)});
  stage.run_until_received(client, "one");
  stage.clock().advance(2s);
  const TimePoint before = stage.clock().now();
  stage.send(client, kGet);
  stage.run_until_received(client, "504");
  expect_at(stage.clock().now() - before, 3s);
}

TEST(Deadline, OfAnIdleConnectionCountsFromItsLastRequest) {
  ProxyStage stage(1, {.header_timeout = 7s, .idle = 30s});
  stage.play(answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"));
  const std::size_t client = stage.add_client({std::string(kGet)});
  stage.run_until_received(client, "one");
  stage.clock().advance(20s);
  stage.send(client, kGet);
  expect_at(time_of(stage), 30s);
  EXPECT_EQ(stage.end_of(client), ErrorCode::end_of_stream);
}

TEST(Deadline, OfAnUnusedConnectionToAnInstanceClosesIt) {
  ProxyStage stage(1, {.idle = 300s}, {.keep = 4s});
  int connections = 0;
  stage.play([&connections](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
    ++connections;
    return echo()(on, instance, std::move(stream));
  });
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\nX-Id: one\r\n\r\n"});
  stage.run_until_received(client, "one");
  stage.clock().advance(3s);
  stage.send(client, "GET / HTTP/1.1\r\nHost: a\r\nX-Id: two\r\n\r\n");
  stage.run_until_received(client, "two");
  EXPECT_EQ(connections, 1);
  stage.clock().advance(5s);
  stage.send(client, "GET / HTTP/1.1\r\nHost: a\r\nX-Id: three\r\n\r\n");
  stage.run_until_received(client, "three");
  EXPECT_EQ(connections, 2);
}

}  // namespace
}  // namespace rota::test
