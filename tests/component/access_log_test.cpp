// What the access log says of each way in which a request can end, on the in-memory network and the manual clock: the whole line, and one for each request.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/component/proxy_stage.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

// An access log whose ring nobody empties but the test: the writer's thread is never started.
struct Log {
  explicit Log(AccessLogFormat format = {.format = LogFormat::text}, std::size_t capacity = 64 * 1024) : ring(capacity) {
    settings.format = std::move(format);
  }

  // Those there are since the last call, each without its end, and with ID in place of what must be a UUID.
  std::vector<std::string> lines() {
    std::string text;
    while (ring.take(text, 64 * 1024) > 0) {
    }
    std::vector<std::string> all;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      all.push_back(without_id(text.substr(at, end - at)));
      at = end + 1;
    }
    return all;
  }

  LogWriter writer;
  LogRing ring;
  AccessLog::Settings settings{.format = {}, .headers = {}, .writer = writer, .ring = ring};

 private:
  static std::string without_id(std::string line) {
    for (const std::string_view mark : {" id=", R"("request_id":")"}) {
      if (const std::size_t at = line.find(mark); at != std::string::npos) line.replace(at + mark.size(), 36, "ID");
    }
    return line;
  }
};

// A line of the text format, of a request that began `at` on the manual clock's day.
std::string line(std::string_view text, std::string_view at = "08:00:00.000") { return fmt::format("2027-01-15T{}Z {}", at, text); }

// A worker with an access log in text, and the instances that it is given.
struct Stage {
  explicit Stage(std::size_t instances = 1, Limits limits = {}, Timeouts timeouts = {})
      : proxy(instances, limits, timeouts, &log.settings) {}

  // Serves one request, whole, until nothing happens any more, and returns its lines.
  std::vector<std::string> lines_of(std::string request) {
    proxy.add_client({std::move(request)});
    proxy.run();
    return log.lines();
  }

  Log log;
  ProxyStage proxy;
};

using Lines = std::vector<std::string>;

constexpr std::string_view kGet = "GET /x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n";

// What an instance says, and how much later than what was before; that much the clock is moved on, so that every duration in a line is exact.
struct Piece {
  Duration after;
  std::string text;
};
enum class Then : std::uint8_t { close, listen };

Task<void> say_in_time(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream, std::vector<Piece> pieces, Then then) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  const bool whole = co_await read_request(stage, *stream, rest, seen);
  if (!whole) co_return;
  stage.seen.push_back(seen);
  for (const Piece& piece : pieces) {
    co_await stage.reactor().next_turn();
    stage.clock().advance(piece.after);
    const bool written = co_await write_text(*stream, piece.text);
    if (!written) co_return;
  }
  for (bool open = then == Then::listen; open;) open = co_await read_some(stage, *stream, rest);
}

ProxyStage::Script say(std::vector<Piece> pieces, Then then = Then::close) {
  return [pieces, then](ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
    return say_in_time(stage, instance, std::move(stream), pieces, then);
  };
}

ProxyStage::Script say_nothing() { return say({}, Then::listen); }

constexpr std::string_view kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

// Takes 20 ms to its head, and 30 ms more to its end.
ProxyStage::Script slow_answer() { return say({{20ms, std::string(kChunkedHead) + "3\r\none\r\n"}, {30ms, "4\r\n two\r\n0\r\n\r\n"}}); }

// ---- answered

TEST(AccessLogOf, AWholeAnswerHasEveryFieldAsJson) {
  Log log({.format = LogFormat::json});
  ProxyStage stage(1, {}, {}, &log.settings);
  stage.play(slow_answer());
  stage.add_client(
      {"POST /x?y=1 HTTP/1.1\r\nHost: a.example\r\nUser-Agent: curl/8\r\nContent-Length: 5\r\n"
       "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\nhello"});
  stage.run();
  EXPECT_EQ(
      log.lines(),
      Lines{R"({"ts":"2027-01-15T08:00:00.000Z","request_id":"ID","client_ip":"192.0.2.1","method":"POST","host":"a.example",)"
            R"("path":"/x?y=1","status":200,"duration":0.050000,"ttfb":0.020000,"connect_time":0.000000,"attempts":1,"service":"app",)"
            R"("instance":"192.0.2.10:9001","error":null,"bytes_in":5,"bytes_out":7,"user_agent":"curl/8",)"
            R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"})"});
}

TEST(AccessLogOf, AWholeAnswerHasEveryFieldAsText) {
  Stage stage;
  stage.proxy.play(slow_answer());
  EXPECT_EQ(stage.lines_of(std::string(kGet)),
            Lines{line("200 GET a /x?y=1 50.0ms app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=20.0ms connect=0us error=- in=0 out=7 "
                       "id=ID trace=- ua=-")});
}

TEST(AccessLogOf, ARequestHasTheIdThatItsInstanceSaw) {
  Log log({.format = LogFormat::text});
  ProxyStage stage(1, {}, {}, &log.settings);
  stage.play(echo());
  stage.add_client({std::string(kGet)});
  stage.run();
  std::string text;
  log.ring.take(text, 64 * 1024);
  ASSERT_EQ(stage.seen.size(), 1u);
  const std::size_t at = text.find(" id=");
  ASSERT_NE(at, std::string::npos);
  EXPECT_NE(stage.seen[0].head.find("X-Request-Id: " + text.substr(at + 4, 36) + "\r\n"), std::string::npos);
}

TEST(AccessLogOf, AConnectionThatWasKeptTookNoTimeToConnect) {
  Stage stage;
  stage.proxy.play(echo());
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\nX-Id: one\r\n\r\n";
  EXPECT_EQ(
      stage.lines_of(get + get),
      (Lines{
          line(
              "200 GET a / 0us app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=0us error=- in=0 out=3 id=ID trace=- ua=-"),
          line("200 GET a / 0us app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=- error=- in=0 out=3 id=ID trace=- "
               "ua=-")}));
}

TEST(AccessLogOf, RequestsInOneWriteIsALineEachInTheirOrder) {
  Stage stage(2);
  stage.proxy.play(echo());
  EXPECT_EQ(
      stage.lines_of("GET /1 HTTP/1.1\r\nHost: a\r\nX-Id: 1\r\n\r\nPUT /2 HTTP/1.1\r\nHost: b\r\nContent-Length: 4\r\n\r\nabcd"
                     "GET /3 HTTP/1.1\r\nHost: c\r\nUser-Agent: x \"y\"\r\n\r\n"),
      (Lines{line("200 GET a /1 0us app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=0us error=- in=0 out=1 id=ID trace=- "
                  "ua=-"),
             line("200 PUT b /2 0us app 192.0.2.10:9002 client=192.0.2.1 attempts=1 ttfb=0us connect=0us error=- in=4 out=4 id=ID trace=- "
                  "ua=-"),
             line("200 GET c /3 0us app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=- error=- in=0 out=0 id=ID trace=- "
                  "ua=\"x \\x22y\\x22\"")}));
}

TEST(AccessLogOf, AnAnswerToHeadHasNoBytes) {
  Stage stage;
  stage.proxy.play(echo());
  EXPECT_EQ(
      stage.lines_of("HEAD / HTTP/1.1\r\nHost: a\r\nX-Id: one\r\n\r\n"),
      Lines{line(
          "200 HEAD a / 0us app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=0us error=- in=0 out=0 id=ID trace=- ua=-")});
}

TEST(AccessLogOf, InterimAnswersIsOfTheFinalOne) {
  Stage stage;
  stage.proxy.play(
      say({{5ms, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"}, {5ms, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"}}));
  EXPECT_EQ(stage.lines_of(std::string(kGet)),
            Lines{line("404 GET a /x?y=1 10.0ms app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=10.0ms connect=0us error=- in=0 out=2 "
                       "id=ID trace=- ua=-")});
}

TEST(AccessLogOf, BodiesCountsThemOutOfTheirChunks) {
  Stage stage;
  stage.proxy.play(answer(std::string(kChunkedHead) + "2;x=y\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n"));
  EXPECT_EQ(
      stage.lines_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n"),
      Lines{line(
          "200 POST a / 0us app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=0us error=- in=5 out=2 id=ID trace=- ua=-")});
}

TEST(AccessLogOf, ARequestThatComesInPiecesBeginsWithItsFirst) {
  Stage stage;
  stage.proxy.play(echo());
  const std::size_t client = stage.proxy.add_client({"GET / HTTP/1.1\r\n"});
  stage.proxy.run_until([&] { return stage.proxy.worker().buffers().taken() > 0; });
  stage.proxy.clock().advance(2s);
  stage.proxy.send(client, "Host: a\r\nX-Id: one\r\n\r\n");
  stage.proxy.run();
  EXPECT_EQ(
      stage.log.lines(),
      Lines{line("200 GET a / 2.000s app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=2.000s connect=0us error=- in=0 out=3 id=ID "
                 "trace=- ua=-")});
}

// ---- tried elsewhere, or nowhere

TEST(AccessLogOf, ARequestTriedTwiceNamesTheInstanceThatAnswered) {
  Stage stage(2);
  stage.proxy.play(0, nullptr);
  stage.proxy.play(1, echo());
  EXPECT_EQ(
      stage.lines_of("GET / HTTP/1.1\r\nHost: a\r\nX-Id: one\r\n\r\n"),
      Lines{line("200 GET a / 0us app 192.0.2.10:9002 client=192.0.2.1 attempts=2 ttfb=0us connect=0us error=- in=0 out=3 id=ID trace=- "
                 "ua=-")});
}

TEST(AccessLogOf, ARequestThatAnInstanceTookAndLeftCountsThatAsAnAttempt) {
  Stage stage(3);
  stage.proxy.play(answer("", true));
  stage.proxy.play(2, echo());
  EXPECT_EQ(
      stage.lines_of("GET / HTTP/1.1\r\nHost: a\r\nX-Id: one\r\n\r\n"),
      Lines{line("200 GET a / 0us app 192.0.2.10:9003 client=192.0.2.1 attempts=3 ttfb=0us connect=0us error=- in=0 out=3 id=ID trace=- "
                 "ua=-")});
}

TEST(AccessLogOf, ARequestThatNoInstanceTookIsA503) {
  Stage stage(3);
  const Lines lines = stage.lines_of(std::string(kGet));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(
      lines[0].starts_with(line("503 GET a /x?y=1 0us app 192.0.2.10:9003 client=192.0.2.1 attempts=3 ttfb=0us connect=- "
                                "error=destination_unavailable in=0 ")))
      << lines[0];
}

TEST(AccessLogOf, ARequestThatWasTakenAndNeverAnsweredIsA502) {
  Stage stage;
  stage.proxy.play(answer("", true));
  const Lines lines = stage.lines_of(std::string(kGet));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(
      lines[0].starts_with(line("502 GET a /x?y=1 0us app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=0us "
                                "error=connection_terminated in=0 ")))
      << lines[0];
}

TEST(AccessLogOf, ARequestThatNoRouteTakesHasNoService) {
  Stage stage;
  stage.proxy.worker().publish({.snapshot = empty_snapshot()});
  const Lines lines = stage.lines_of(std::string(kGet));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with(
      line("404 GET a /x?y=1 0us - - client=192.0.2.1 attempts=0 ttfb=0us connect=- error=destination_not_found in=0 ")))
      << lines[0];
}

TEST(AccessLogOf, ARequestThatIsNotAnsweredInTimeIsA504) {
  Stage stage(1, {.idle = 1s}, {.response = 3s});
  stage.proxy.play(say_nothing());
  const Lines lines = stage.lines_of(std::string(kGet));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with(line("504 GET a /x?y=1 3.")) &&
              lines[0].find("s app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=3.") != std::string::npos)
      << lines[0];
  EXPECT_NE(lines[0].find("s connect=0us error=http_response_timeout in=0 "), std::string::npos) << lines[0];
}

// ---- refused

// Of a head that breaks in its fields, neither method nor path is asked for here: how much the parser keeps of it is its own affair.
TEST(AccessLogOf, AMalformedRequestHasNoServiceAndNoAttempt) {
  Stage stage;
  const Lines lines = stage.lines_of("GET /x?y=1 HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\nGET /behind HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_EQ(lines.size(), 1u) << "what stands behind it is no request";
  EXPECT_TRUE(lines[0].starts_with(line("400 "))) << lines[0];
  EXPECT_NE(lines[0].find(" 0us - - client=192.0.2.1 attempts=0 ttfb=0us connect=- error=http_request_error in=0 "), std::string::npos)
      << lines[0];
}

TEST(AccessLogOf, AHeadThatBreaksInItsFieldsHasItsFirstLine) {
  Stage stage;
  const Lines lines = stage.lines_of("GET /x?y=1 HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with(line("400 GET - /x?y=1 "))) << lines[0];
}

TEST(AccessLogOf, ARequestThatIsRefusedForWhatItSaysHasAllOfIt) {
  Stage stage;
  const Lines lines = stage.lines_of("POST /x?y=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: me\r\nTransfer-Encoding: gzip\r\n\r\n");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(
      lines[0].starts_with(line("501 POST a /x?y=1 0us - - client=192.0.2.1 attempts=0 ttfb=0us connect=- error=http_request_error in=0 ")))
      << lines[0];
  EXPECT_TRUE(lines[0].ends_with(" id=ID trace=- ua=\"me\"")) << lines[0];
}

TEST(AccessLogOf, NoiseIsALineTooAndHasNothingOfIt) {
  Stage stage;
  const Lines lines = stage.lines_of("\x16\x03\x01\x02 hello\r\n\r\n");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with(line("400 - - - 0us - - client=192.0.2.1 attempts=0 ttfb=0us connect=- error=http_request_error in=0 ")))
      << lines[0];
}

TEST(AccessLogOf, AHeadThatDripsIsA408) {
  Stage stage(1, {.header_timeout = 7s});
  const Lines lines = stage.lines_of("GET /x?y=1 HTTP/1.1\r\nHos");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with(line("408 "))) << lines[0];
  EXPECT_NE(lines[0].find("s - - client=192.0.2.1 attempts=0 ttfb=7.0"), std::string::npos) << lines[0];
  EXPECT_NE(lines[0].find("s connect=- error=http_request_error in=0 "), std::string::npos) << lines[0];
}

TEST(AccessLogOf, ABodyThatIsTooLargeIsA413BeforeAnyAttempt) {
  Stage stage(1, {.body = 4});
  const Lines lines = stage.lines_of("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(
      lines[0].starts_with(line("413 POST a /x 0us app - client=192.0.2.1 attempts=0 ttfb=0us connect=- error=http_request_error in=0 ")))
      << lines[0];
}

TEST(AccessLogOf, ABodyThatTurnsOutTooLargeCountsWhatWasTaken) {
  Stage stage(1, {.body = 4});
  stage.proxy.play(echo());
  stage.proxy.add_client({"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n", "2\r\nlo\r\n0\r\n\r\n"});
  stage.proxy.run();
  const Lines lines = stage.log.lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with(
      line("413 POST a /x 0us app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=0us error=http_request_error in=3 ")))
      << lines[0];
}

TEST(AccessLogOf, AConnectionThatEndsBeforeAHeadIsWholeIsNothing) {
  Stage stage;
  stage.proxy.add_client({"GET / HTTP/1.1\r\nHos"}, true);
  stage.proxy.add_client({}, true);
  stage.proxy.run();
  EXPECT_EQ(stage.log.lines(), Lines{});
}

// ---- cut

TEST(AccessLogOf, AnAnswerThatItsInstanceCutShortHasItsStatusAndWhy) {
  Stage stage;
  stage.proxy.play(answer(std::string(kChunkedHead) + "5\r\nhello\r\n", true));
  EXPECT_EQ(stage.lines_of(std::string(kGet)),
            Lines{line("200 GET a /x?y=1 0us app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=0us "
                       "error=http_response_incomplete in=0 out=5 id=ID trace=- ua=-")});
}

TEST(AccessLogOf, AClientThatWentBeforeItsAnswerHasNoStatus) {
  Stage stage;
  stage.proxy.play(say_nothing());
  const std::size_t client = stage.proxy.add_client({std::string(kGet)});
  stage.proxy.run_until_seen(1);
  stage.proxy.hang_up(client);
  stage.proxy.run_until_no_connection_is_open();
  const Lines lines = stage.log.lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with(line("- GET a /x?y=1 "))) << lines[0];
  EXPECT_TRUE(lines[0].ends_with(
      " app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=- connect=0us error=client_gone in=0 out=0 id=ID trace=- ua=-"))
      << lines[0];
}

TEST(AccessLogOf, AClientThatWentInTheMiddleOfItsBodyHasNoStatus) {
  Stage stage;
  stage.proxy.play(echo());
  stage.proxy.add_client({"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"}, true);
  stage.proxy.run();
  EXPECT_EQ(
      stage.log.lines(),
      Lines{line("- POST a /x 0us app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=- connect=0us error=client_gone in=4 out=0 id=ID "
                 "trace=- ua=-")});
}

TEST(AccessLogOf, AClientThatWentInTheMiddleOfItsAnswerHasItsStatusAndWhy) {
  Stage stage;
  stage.proxy.play(say({{0ms, std::string(kChunkedHead) + "5\r\nhello\r\n"}}, Then::listen));
  const std::size_t client = stage.proxy.add_client({std::string(kGet)});
  stage.proxy.run_until_received(client, "hello");
  stage.proxy.hang_up(client);
  stage.proxy.run_until_no_connection_is_open();
  const Lines lines = stage.log.lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with(line("200 GET a /x?y=1 "))) << lines[0];
  EXPECT_TRUE(lines[0].ends_with(
      " app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=0us error=client_gone in=0 out=5 id=ID trace=- ua=-"))
      << lines[0];
}

TEST(AccessLogOf, ARequestThatIsEndedWithTheWorkerSaysSo) {
  Stage stage;
  stage.proxy.play(say_nothing());
  stage.proxy.add_client({std::string(kGet)});
  stage.proxy.run_until_seen(1);
  stage.proxy.worker().end_all();
  stage.proxy.run_until_no_connection_is_open();
  const Lines lines = stage.log.lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(
      lines[0].starts_with(line("503 GET a /x?y=1 0us app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=0us "
                                "error=destination_unavailable in=0 ")))
      << lines[0];
}

// ---- tunnels

constexpr std::string_view kAsk = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
constexpr std::string_view kSwitch = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";

TEST(AccessLogOf, ATunnelOnWhichNothingMovesSaysWhyItEnded) {
  Stage stage(1, {}, {.tunnel = 60s});
  stage.proxy.play(say({{0ms, std::string(kSwitch) + "hello"}}, Then::listen));
  const Lines lines = stage.lines_of(std::string(kAsk));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with(line("101 GET a /chat 60."))) << lines[0];
  EXPECT_TRUE(lines[0].ends_with(
      "s app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=0us error=connection_read_timeout in=0 out=5 id=ID trace=- ua=-"))
      << lines[0];
}

TEST(AccessLogOf, ATunnelIsWrittenAtItsEndWithTheBytesOfBothWays) {
  Stage stage;
  stage.proxy.play(say({{20ms, std::string(kSwitch) + "hello"}, {10s, " bye"}}, Then::listen));
  const std::size_t client = stage.proxy.add_client({std::string(kAsk) + "early ", "late"});
  stage.proxy.run_until_received(client, " bye");
  EXPECT_EQ(stage.log.lines(), Lines{});
  stage.proxy.end_sending(client);
  stage.proxy.run_until_no_connection_is_open();
  EXPECT_EQ(
      stage.log.lines(),
      Lines{line("101 GET a /chat 10.020s app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=20.0ms connect=0us error=- in=10 out=9 "
                 "id=ID trace=- ua=-")});
}

// ---- the log's own troubles

TEST(AccessLogOf, MoreThanItsRingTakesKeepsWholeLinesAndCountsTheRest) {
  Log log({.format = LogFormat::json}, 1024);
  ProxyStage stage(1, {}, {}, &log.settings);
  stage.play(echo());
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += fmt::format("GET /{} HTTP/1.1\r\nHost: a\r\nX-Id: {}\r\n\r\n", i, i);
  const std::size_t client = stage.add_client({requests});
  stage.run();
  EXPECT_TRUE(stage.received(client).ends_with("\r\n\r\n49")) << "an answer waits for nobody's log";
  const Lines lines = log.lines();
  EXPECT_GT(lines.size(), 0u);
  EXPECT_EQ(lines.size() + log.ring.dropped(), 50u);
  for (const std::string& one : lines) EXPECT_EQ(nlohmann::json::parse(one)["host"], "a");
}

TEST(AccessLogOf, FieldsThatAreAskedForShowsThemAndHidesTheSecretOnes) {
  Log log({.format = LogFormat::text, .redact_query = true});
  log.settings.headers = {"x-tenant", "authorization", "x-none"};
  ProxyStage stage(1, {}, {}, &log.settings);
  stage.play(echo());
  stage.add_client({"GET /x?token=1 HTTP/1.1\r\nHost: a\r\nX-Tenant: one\r\nAuthorization: Basic eDp5\r\n\r\n"});
  stage.run();
  EXPECT_EQ(
      log.lines(),
      Lines{line("200 GET a /x?REDACTED 0us app 192.0.2.10:9001 client=192.0.2.1 attempts=1 ttfb=0us connect=0us error=- in=0 out=0 id=ID "
                 "trace=- ua=- header.x-tenant=\"one\" header.authorization=\"REDACTED\" header.x-none=-")});
}

// ---- one line for each request, whatever fails

struct Story {
  std::string_view name;
  std::string_view first;   // of a client's requests, {} being its own path
  std::string_view second;  // empty: there is none
  bool chunked;             // the answers
};

constexpr std::string_view kPost = "POST {} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
constexpr std::array kStories{
    Story{"get", "GET {} HTTP/1.1\r\nHost: a\r\n\r\n", "", false},
    Story{"post", kPost, "", true},
    Story{"two_on_one_connection", "GET {} HTTP/1.1\r\nHost: a\r\n\r\n", kPost, true},
    Story{"one_that_is_refused", "GET {} HTTP/1.1\r\nHost: a\r\n\r\n", "GET {} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
          false},
    Story{"head", "HEAD {} HTTP/1.1\r\nHost: a\r\n\r\n", "", false},
};

ProxyStage::Script answers_of(const Story& story) {
  const std::string_view body = story.name == "head" ? "" : "hello";
  return answer(story.chunked ? std::string(kChunkedHead) + "5\r\nhello\r\n0\r\n\r\n"
                              : fmt::format("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", body));
}

// The statuses of the answers that a client was told, in their order.
std::vector<int> statuses_in(const std::string& received) {
  std::vector<int> statuses;
  for (std::size_t at = 0; (at = received.find("HTTP/1.1 ", at)) != std::string::npos; at += 9) {
    if (received.size() >= at + 12) statuses.push_back(std::stoi(received.substr(at + 9, 3)));
  }
  return statuses;
}

// A client's lines are those of its requests from the first one on, one each; whoever was told a status finds it there, and so does whoever was asked.
void expect_a_line_each(const Lines& lines, const std::vector<std::string>& paths, const std::string& received, const ProxyStage& stage) {
  std::vector<nlohmann::json> own;
  for (const std::string& text : lines) {
    nlohmann::json parsed = nlohmann::json::parse(text);
    if (std::ranges::find(paths, parsed["path"].get<std::string>()) != paths.end()) own.push_back(std::move(parsed));
  }
  ASSERT_LE(own.size(), paths.size());
  for (std::size_t i = 0; i < own.size(); ++i) EXPECT_EQ(own[i]["path"], paths[i]);
  const std::vector<int> told = statuses_in(received);
  ASSERT_LE(told.size(), own.size()) << "an answer without a line";
  for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(own[i]["status"], told[i]);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const bool was_seen =
        std::ranges::any_of(stage.seen, [&](const Seen& seen) { return seen.head.find(paths[i] + " ") != std::string::npos; });
    if (was_seen) EXPECT_GT(own.size(), i) << "an instance has seen what no line tells of";
  }
}

std::uint64_t play(const Story& story, std::uint64_t failing, Fault fault) {
  SCOPED_TRACE(fmt::format("story '{}', operation {}, fault {}", story.name, failing, static_cast<int>(fault)));
  Log log({.format = LogFormat::json});
  ProxyStage stage(2, {}, {}, &log.settings);
  stage.network().fail_operation(failing, fault);
  stage.play(answers_of(story));
  std::vector<std::vector<std::string>> paths;
  std::size_t requests = 0;
  for (const std::string_view who : {"q", "z"}) {
    paths.push_back({fmt::format("/{}1", who)});
    std::string text = fmt::format(fmt::runtime(story.first), paths.back()[0]);
    if (!story.second.empty()) {
      paths.back().push_back(fmt::format("/{}2", who));
      text += fmt::format(fmt::runtime(story.second), paths.back()[1]);
    }
    stage.add_client({text.substr(0, text.size() / 2), text.substr(text.size() / 2)});
    requests += paths.back().size();
  }
  stage.run();
  const Lines lines = log.lines();
  EXPECT_EQ(log.ring.dropped(), 0u);
  EXPECT_LE(lines.size(), requests);
  if (failing == 0 || fault == Fault::trickle) EXPECT_EQ(lines.size(), requests);
  for (std::size_t i = 0; i < paths.size(); ++i) expect_a_line_each(lines, paths[i], stage.received(i), stage);
  stage.finish();
  EXPECT_EQ(log.lines(), Lines{}) << "a line that came only with the end";
  return stage.network().operations();
}

class AccessLogOfStory : public testing::TestWithParam<Story> {};

TEST_P(AccessLogOfStory, IsOneLineForEachRequestWhicheverOperationFails) {
  const std::uint64_t operations = play(GetParam(), 0, Fault::reset);
  ASSERT_GT(operations, 10u);
  for (const Fault fault : {Fault::reset, Fault::end, Fault::trickle}) {
    for (std::uint64_t n = 1; n <= operations && !HasFailure(); ++n) play(GetParam(), n, fault);
  }
}

INSTANTIATE_TEST_SUITE_P(Stories, AccessLogOfStory, testing::ValuesIn(kStories),
                         [](const auto& story) { return std::string(story.param.name); });

}  // namespace
}  // namespace rota::test
