// Whole requests of every framing through a whole worker, on the in-memory network.
#include <fmt/format.h>

#include "tests/component/proxy_stage.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

// What rota makes of `request`, sent whole, when every instance plays `script`.
std::string one(std::string request, ProxyStage::Script script) {
  ProxyStage stage;
  stage.play(std::move(script));
  const std::size_t client = stage.add_client({std::move(request)});
  stage.run();
  EXPECT_TRUE(stage.has_ended(client));
  return stage.received(client);
}

TEST(WholeRequest, WithoutABodyComesBackAsItWas) {
  EXPECT_EQ(one("GET /x HTTP/1.1\r\nHost: a\r\nX-Id: one\r\n\r\n", echo()),
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Instance: 0\r\n\r\none");
}

TEST(WholeRequest, ReachesTheInstanceWithItsOwnLinesAndRotasFields) {
  ProxyStage stage;
  stage.play(echo());
  stage.add_client(
      {"GET /a%20b?q=1 HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 6.6.6.6\r\nX_Real_IP: 6.6.6.6\r\nConnection: X-Hop\r\n"
       "X-Hop: 1\r\nAccept: */*\r\n\r\n"});
  stage.run();
  ASSERT_EQ(stage.seen.size(), 1u);
  const std::string& head = stage.seen[0].head;
  const std::string expected =
      "GET /a%20b?q=1 HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: a.example\r\n"
      "X-Forwarded-Proto: http\r\nX-Request-Id: ";
  EXPECT_EQ(head.substr(0, expected.size()), expected);
  EXPECT_EQ(head.size(), expected.size() + 36 + 4);
}

TEST(WholeRequest, WithALengthIsStreamedEvenWhereItComesInPieces) {
  ProxyStage stage;
  stage.play(echo());
  const std::size_t client = stage.add_client({"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhel", "lo", " ", "there"});
  stage.run();
  EXPECT_EQ(stage.received(client), "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nX-Instance: 0\r\n\r\nhello there");
}

TEST(WholeRequest, InChunksIsChunkedAnewWithoutItsExtensions) {
  EXPECT_EQ(one("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", echo()),
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Instance: 0\r\n\r\nhello");
}

TEST(WholeRequest, KeepsTrailersButThoseThatMustNotComeLate) {
  ProxyStage stage;
  stage.play(echo());
  stage.add_client({"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n",
                    "Host: b\r\n\r\n"});
  stage.run();
  ASSERT_EQ(stage.seen.size(), 1u);
  EXPECT_EQ(stage.seen[0].body, "hiX-Sum: 1\r\n");
}

TEST(WholeRequest, SplitAtAnyByteGivesTheSameAnswer) {
  const std::string request = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n";
  for (std::size_t at = 1; at < request.size(); ++at) {
    ProxyStage stage;
    stage.play(echo());
    const std::size_t client = stage.add_client({request.substr(0, at), request.substr(at)});
    stage.run();
    ASSERT_EQ(stage.received(client), "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nX-Instance: 0\r\n\r\nabcdeX-T: 1\r\n") << "split at " << at;
  }
}

TEST(WholeRequest, AnswersToHeadHaveNoBody) {
  EXPECT_EQ(one("HEAD / HTTP/1.1\r\nHost: a\r\nX-Id: one\r\n\r\n", echo()),
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Instance: 0\r\n\r\n");
}

TEST(WholeRequest, PassesOnChunkedAnswersAndTheirTrailers) {
  EXPECT_EQ(one("GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;e\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n")),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n");
}

TEST(WholeRequest, TurnsAnAnswerThatEndsWithItsConnectionIntoChunks) {
  EXPECT_EQ(one("GET / HTTP/1.1\r\nHost: a\r\n\r\n", answer("HTTP/1.1 200 OK\r\n\r\nhello", true)),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
}

TEST(WholeRequest, NeverSendsChunksOrInterimsToAnOldClient) {
  EXPECT_EQ(
      one("GET / HTTP/1.0\r\n\r\n",
          answer("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")),
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi");
}

TEST(WholeRequest, PassesInterimAnswersOn) {
  EXPECT_EQ(one("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                answer("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")),
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST(WholeRequest, ThreeInOneWriteAreAnsweredInOrder) {
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\nX-Id: {}\r\n\r\n";
  const std::string received =
      one("GET / HTTP/1.1\r\nHost: a\r\nX-Id: 1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nX-Id: 2\r\n\r\n"
          "GET / HTTP/1.1\r\nHost: a\r\nX-Id: 3\r\n\r\n",
          echo());
  EXPECT_EQ(received,
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-Instance: 0\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-Instance: 1\r\n\r\n2"
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-Instance: 0\r\n\r\n3");
}

TEST(WholeRequest, OfTenMegabytesGoesThroughSmallPipesBothWays) {
  std::string body(10'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
  const std::string received = one(fmt::format("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", body.size(), body), echo());
  const std::size_t at = received.find("\r\n\r\n");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(received.size() - at - 4, body.size());
  EXPECT_TRUE(received.ends_with(body));
}

TEST(WholeRequest, IsTriedElsewhereWhereItsInstanceRefuses) {
  ProxyStage stage(3);
  stage.play(echo());
  stage.play(0, nullptr);
  const std::size_t client = stage.add_client({"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"});
  stage.run();
  EXPECT_TRUE(stage.received(client).starts_with("HTTP/1.1 200 OK")) << stage.received(client);
  EXPECT_EQ(stage.seen.size(), 1u);
}

TEST(WholeRequest, IsAnsweredClearlyWhereNoInstanceIsLeft) {
  ProxyStage stage(3);
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  stage.run();
  EXPECT_TRUE(stage.received(client).starts_with("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"));
  EXPECT_NE(stage.received(client).find("Proxy-Status: rota; error=destination_unavailable\r\n"), std::string::npos);
  EXPECT_NE(stage.received(client).find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_NE(stage.received(client).find(R"("title":"No available instances")"), std::string::npos);
}

TEST(WholeRequest, ThatIsMalformedReachesNobodyAndEndsTheConnection) {
  ProxyStage stage;
  stage.play(echo());
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  stage.run();
  EXPECT_TRUE(stage.received(client).starts_with("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_EQ(stage.received(client).find("HTTP/1.1", 1), std::string::npos) << "something was answered behind it";
  EXPECT_TRUE(stage.seen.empty());
}

TEST(WholeRequest, WhoseBodyTurnsOutMalformedIsRefusedAndNotRepeated) {
  ProxyStage stage;
  stage.play(echo());
  const std::size_t client = stage.add_client({"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", "zz\r\n"});
  stage.run();
  EXPECT_TRUE(stage.received(client).starts_with("HTTP/1.1 400 Bad Request\r\n")) << stage.received(client);
  EXPECT_TRUE(stage.seen.empty());
}

Task<void> never_answer(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  while (true) {
    const bool whole = co_await read_request(stage, *stream, rest, seen);
    if (!whole) co_return;
    stage.seen.push_back(seen);
  }
}

TEST(WholeRequest, ThatNobodyAnswersEndsAtItsDeadline) {
  ProxyStage stage(1, {}, {.response = 3s});
  stage.play(never_answer);
  const TimePoint before = stage.clock().now();
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"});
  stage.run();
  EXPECT_TRUE(stage.received(client).starts_with("HTTP/1.1 504 Gateway Timeout\r\n")) << stage.received(client);
  EXPECT_GE(stage.clock().now() - before, 3s);
  EXPECT_LT(stage.clock().now() - before, 5s);
}

TEST(WholeRequest, HeadThatDripsIsRefusedAtItsDeadline) {
  ProxyStage stage;
  const std::size_t client = stage.add_client({"GET / HT"});
  const TimePoint before = stage.clock().now();
  stage.run();
  EXPECT_TRUE(stage.received(client).starts_with("HTTP/1.1 408 Request Timeout\r\n")) << stage.received(client);
  EXPECT_GE(stage.clock().now() - before, 10s);
}

TEST(WholeRequest, FromAClientThatOnlySentItsEndIsStillAnswered) {
  ProxyStage stage(2, {}, {.response = 3s});
  stage.play(echo());
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\nX-Id: one\r\n\r\n"}, true);
  stage.run();
  EXPECT_EQ(stage.received(client), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Instance: 0\r\n\r\none");
}

// The client closes both ways while its answer is being made: the probe finds out, and the instance's connection is closed long before any deadline.
TEST(WholeRequest, OfAClientThatIsGoneIsTakenFromItsInstance) {
  ProxyStage stage(1);
  stage.play(never_answer);
  const TimePoint before = stage.clock().now();
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  stage.run_until_seen(1);
  stage.hang_up(client);
  stage.run();
  EXPECT_EQ(stage.received(client), "");
  EXPECT_LT(stage.clock().now() - before, 200ms);
}

Task<void> one_event_then_another(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  const bool whole = co_await read_request(stage, *stream, rest, seen);
  if (!whole) co_return;
  stage.seen.push_back(seen);
  const bool first = co_await write_text(*stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
  co_await stage.reactor().sleep_until(Deadline::after(stage.reactor().now(), 10s));
  if (first) co_await write_text(*stream, "3\r\ntwo\r\n0\r\n\r\n");
}

Task<void> one_event_then_an_end(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  const bool whole = co_await read_request(stage, *stream, rest, seen);
  if (!whole) co_return;
  co_await write_text(*stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
  co_await stage.reactor().sleep_until(Deadline::after(stage.reactor().now(), 1s));
}

// A quiet stream finds out by a leading zero of the next chunk's size.
TEST(WholeRequest, StreamOfAClientThatIsGoneEnds) {
  ProxyStage stage(1, {}, {.response = 3s});
  stage.play(one_event_then_another);
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  stage.run_until_received(client, "one\r\n");
  const TimePoint before = stage.clock().now();
  stage.hang_up(client);
  stage.run_until_no_connection_is_open();
  EXPECT_LT(stage.clock().now() - before, 200ms);
  stage.run();
}

// The request as it came and as it went on, for as long as it lasts; what has gone down is no longer held.
TEST(WholeRequest, StreamThatWaitsHoldsTheRequestAlone) {
  ProxyStage stage(1);
  stage.play(one_event_then_another);
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  stage.run_until_received(client, "one\r\n");
  stage.reactor().turn();
  EXPECT_EQ(stage.worker().buffers().taken(), 2u);
  stage.run();
}

TEST(WholeRequest, StreamOfAClientThatOnlySentItsEndGoesOn) {
  ProxyStage stage(1);
  stage.play(one_event_then_another);
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  stage.run_until_received(client, "one\r\n");
  stage.end_sending(client);
  stage.run();
  EXPECT_EQ(stage.received(client), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n03\r\ntwo\r\n0\r\n\r\n");
}

Task<void> hear_then_answer(ProxyStage& stage, std::unique_ptr<Stream> stream, std::string& heard) {
  while (!heard.ends_with("abcd")) {
    const bool more = co_await read_some(stage, *stream, heard);
    if (!more) co_return;
  }
  co_await write_text(*stream, "HTTP/1.1 204 No Content\r\n\r\n");
}

// Probes are for clients that have ended. This one only takes its time with its body, on a connection that was not watched from its beginning.
TEST(WholeRequest, OfAClientThatTakesItsTimeIsNotProbed) {
  ProxyStage stage(1);
  std::string heard;
  stage.play(
      [&heard](ProxyStage& on, std::size_t, std::unique_ptr<Stream> stream) { return hear_then_answer(on, std::move(stream), heard); });
  const std::unique_ptr<Stream> client = stage.connect();
  client->write_without_waiting("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\nab");
  stage.run_until([&] { return heard.ends_with("ab"); });
  stage.clock().advance(20ms);
  stage.reactor().turn();
  client->write_without_waiting("cd");
  stage.run();
  client->set_ready(Readiness::readable);
  Result<Buffer> answer = client->read_now(stage.own_buffers());
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ(answer->view(), "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

Task<void> close_the_first_idle_connection(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream, int& connections) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  const int number = ++connections;
  for (int request = 1;; ++request) {
    const bool whole = co_await read_request(stage, *stream, rest, seen);
    if (!whole) co_return;
    if (number == 1 && request == 2) co_return;  // as if it had closed just before
    stage.seen.push_back(seen);
    const bool written = co_await write_text(*stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    if (!written) co_return;
  }
}

TEST(WholeRequest, OnAnIdleConnectionThatWasDeadIsSentAgainOnANewOne) {
  ProxyStage stage(1);
  int connections = 0;
  stage.play([&connections](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
    return close_the_first_idle_connection(on, instance, std::move(stream), connections);
  });
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::size_t client = stage.add_client({get + get});
  stage.run();
  EXPECT_EQ(stage.received(client), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(connections, 2);
  EXPECT_EQ(stage.seen.size(), 2u);
}

TEST(WholeRequest, PostThatMayHaveBeenProcessedIsNotSentAgain) {
  ProxyStage stage(1);
  int connections = 0;
  stage.play([&connections](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
    return close_the_first_idle_connection(on, instance, std::move(stream), connections);
  });
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
  const std::size_t client = stage.add_client({post + post});
  stage.run();
  EXPECT_NE(stage.received(client).find("HTTP/1.1 502 Bad Gateway"), std::string::npos);
  EXPECT_EQ(connections, 1);
}

TEST(WholeRequest, BytesBehindAnAnswerNeverReachTheNextClient) {
  ProxyStage stage(1);
  stage.play(answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"));
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::size_t client = stage.add_client({get + get});
  stage.run();
  EXPECT_EQ(stage.received(client), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

Task<void> answer_and_keep(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream, std::vector<Stream*>& streams) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  streams.push_back(stream.get());
  for (;;) {
    const bool whole = co_await read_request(stage, *stream, rest, seen);
    if (!whole) co_return;
    stage.seen.push_back(seen);
    const bool written = co_await write_text(*stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    if (!written) co_return;
  }
}

// The next request and the stray bytes come in one batch of events, the request first: the connection is known to be dirty, but has not been told yet.
TEST(WholeRequest, BytesThatComeInTheSameTurnAsTheNextRequestAreNotItsAnswer) {
  ProxyStage stage(1);
  std::vector<Stream*> streams;
  stage.play([&streams](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
    return answer_and_keep(on, instance, std::move(stream), streams);
  });
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  stage.run_until_received(client, "ok");
  ASSERT_EQ(streams.size(), 1u);
  stage.send(client, "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  streams[0]->write_without_waiting("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL");
  stage.run();
  EXPECT_EQ(stage.received(client), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(streams.size(), 2u);
}

TEST(WholeRequest, InterimAnswerThatAnnouncesABodyIsNoAnswer) {
  const std::string received = one(
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      answer(
          "HTTP/1.1 103 Early Hints\r\nContent-Length: 40\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVILHTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_TRUE(received.starts_with("HTTP/1.1 502 Bad Gateway\r\n")) << received;
  EXPECT_EQ(received.find("EVIL"), std::string::npos);
}

// Both ends are faster than rota, so that it never has to wait: it must give way to the second client all the same.
TEST(WholeRequest, OfAGiantDoesNotKeepEverybodyElseWaiting) {
  ProxyStage stage(1);
  stage.network().set_capacity(30'000'000);
  const std::size_t size = 20'000'000;
  stage.play([size](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
    return answer(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", size, std::string(size, 'x')))(on, instance,
                                                                                                                std::move(stream));
  });
  const std::size_t giant = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  stage.run_until_received(giant, "x");
  EXPECT_LT(stage.received(giant).size(), size / 2) << "all of it came in one turn";
  const std::size_t other = stage.add_client({"GET / HT TP\r\n\r\n"});
  stage.run_until_received(other, "400 Bad Request");
  EXPECT_LT(stage.received(giant).size(), size / 2) << "the other one had to wait for it";
  stage.run();
  EXPECT_GT(stage.received(giant).size(), size);
}

// What rota answers by itself never waits. Whoever sends nothing else, without end, must not have the worker for himself.
TEST(WholeRequest, OfAFloodThatIsAnsweredAtOnceDoesNotKeepEverybodyElseWaiting) {
  ProxyStage stage(1);
  stage.network().set_capacity(1'000'000);
  stage.worker().publish({.snapshot = empty_snapshot()});  // no route: every answer is a 404
  const std::unique_ptr<Stream> flooder = stage.connect();
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += "GET /flood HTTP/1.1\r\nHost: a\r\n\r\n";
  flooder->write_without_waiting(flood);
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"});
  stage.run_until_received(client, "HTTP/1.1 404 Not Found");

  std::string answers;
  for (bool more = true; more;) {
    flooder->set_ready(Readiness::readable);
    const Result<Buffer> came = flooder->read_now(stage.own_buffers());
    more = came && *came;
    if (more) answers += came->view();
  }
  std::size_t count = 0;
  for (std::size_t at = answers.find("HTTP/1.1 404"); at != std::string::npos; at = answers.find("HTTP/1.1 404", at + 1)) ++count;
  EXPECT_GT(count, 0u);
  EXPECT_LT(count, 200u) << "of 1,000 that were sent first";
  stage.run();
}

TEST(WholeRequest, ThatAnInstanceTookAndLeftIsNotCalledUnreachable) {
  ProxyStage stage(2);
  stage.play(0, answer("", true));
  stage.play(1, nullptr);
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  stage.run();
  EXPECT_TRUE(stage.received(client).starts_with("HTTP/1.1 502 Bad Gateway\r\n")) << stage.received(client);
}

TEST(WholeRequest, MovesOnWhereverTheyGoAwayUntilOneAnswers) {
  ProxyStage stage(5);
  stage.play(answer("", true));
  stage.play(4, echo());
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\nX-Id: one\r\n\r\n"});
  stage.run();
  EXPECT_TRUE(stage.received(client).ends_with("\r\none")) << stage.received(client);
}

Task<void> head_and_then(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream, Duration pause,
                         std::string rest_of_answer) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  const bool whole = co_await read_request(stage, *stream, rest, seen);
  if (!whole) co_return;
  stage.seen.push_back(seen);
  co_await write_text(*stream, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
  co_await stage.reactor().sleep_until(Deadline::after(stage.reactor().now(), pause));
  co_await write_text(*stream, std::move(rest_of_answer));
}

// Many servers send head and body in two writes; a kill in between must not cost a request that may be repeated.
TEST(WholeRequest, WhoseInstanceDiesBehindTheHeadOfAShortAnswerIsTriedElsewhere) {
  ProxyStage stage(2);
  stage.play(echo());
  stage.play(0, [](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
    return head_and_then(on, instance, std::move(stream), 1ms, "");
  });
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\nX-Id: one\r\n\r\n"});
  stage.run();
  EXPECT_EQ(stage.received(client), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Instance: 1\r\n\r\none");
}

TEST(WholeRequest, WhoseShortAnswerTakesItsTimeHasItsHeadAtOnce) {
  ProxyStage stage(1);
  stage.play([](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
    return head_and_then(on, instance, std::move(stream), 5s, "late");
  });
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  const TimePoint before = stage.clock().now();
  stage.run_until_received(client, "\r\n\r\n");
  EXPECT_LT(stage.clock().now() - before, 100ms);
  stage.run();
  EXPECT_TRUE(stage.received(client).ends_with("\r\n\r\nlate"));
}

TEST(WholeRequest, InFlightWhenTheWorkerLeavesIsAnsweredAndToldThatItIsTheLast) {
  ProxyStage stage(1);
  stage.play(one_event_then_another);
  const std::size_t client = stage.add_client({"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"});
  stage.run_until_seen(1);
  stage.worker().leave();
  stage.run();
  EXPECT_NE(stage.received(client).find("Connection: close\r\n"), std::string::npos) << stage.received(client);
  EXPECT_TRUE(stage.received(client).ends_with("onetwo"));
}

TEST(WholeRequest, ThatComesWhenAllIsEndedEndsAtOnce) {
  ProxyStage stage(1);
  stage.play(echo());
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\nX-Id: one\r\n\r\n"});
  stage.run_until_received(client, "one");
  const TimePoint before = stage.clock().now();
  stage.play(never_answer);
  stage.worker().end_all();
  stage.send(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  stage.run_until_no_connection_is_open();
  EXPECT_LT(stage.clock().now() - before, 200ms);
}

// Behind the probe's zero an orderly end could pass for the last chunk: some clients take `0` and the end for it.
TEST(WholeRequest, ProbedAnswerThatIsCutShortIsAReset) {
  ProxyStage stage(1);
  stage.play([](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
    return one_event_then_an_end(on, instance, std::move(stream));
  });
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  stage.run_until_received(client, "one\r\n");
  stage.end_sending(client);
  stage.run();
  EXPECT_TRUE(stage.received(client).ends_with("one\r\n0")) << stage.received(client);
  EXPECT_EQ(stage.end_of(client), ErrorCode::reset);
}

TEST(WholeRequest, AnswerThatIsCutShortIsSeenToBe) {
  ProxyStage stage(1);
  stage.play(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true));
  const std::size_t client = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  stage.run();
  EXPECT_EQ(stage.received(client), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  EXPECT_TRUE(stage.has_ended(client));
}

// To an HTTP/1.0 client the connection's end is the body's end: an orderly one would make half an answer look whole.
TEST(WholeRequest, AnswerThatIsCutShortIsAResetToAnOldClient) {
  ProxyStage stage(1);
  stage.play(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true));
  const std::size_t client = stage.add_client({"GET / HTTP/1.0\r\n\r\n"});
  stage.run();
  EXPECT_EQ(stage.end_of(client), ErrorCode::reset);
}

TEST(WholeRequest, AnsweredBeforeItsEndIsTheConnectionsLast) {
  ProxyStage stage(1);
  stage.play(answer_at_once("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"));
  const std::size_t client = stage.add_client({"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", std::string(1000, 'x')});
  stage.run();
  EXPECT_EQ(stage.received(client), "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST(WholeRequest, OldSnapshotsGoWhenTheirLastRequestHasEnded) {
  ProxyStage stage(1);
  stage.play(never_answer);
  stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  stage.run_until_seen(1);
  stage.worker().publish({.snapshot = empty_snapshot()});  // without any service
  const std::size_t later = stage.add_client({"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"});
  stage.run();
  EXPECT_TRUE(stage.received(later).starts_with("HTTP/1.1 404 Not Found"));
}

}  // namespace
}  // namespace rota::test
