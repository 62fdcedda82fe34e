#include "http/response_parser.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "http/padded.h"

namespace rota::http {
namespace {

using namespace std::string_view_literals;

std::string found_in(const ResponseHead& head) {
  std::string text{head.status_text};
  text += head.version == Version::http_1_1 ? " 1.1" : " 1.0";
  switch (head.body.framing) {
    case Framing::none:
      text += " none";
      break;
    case Framing::length:
      text += " length=" + std::to_string(head.body.length);
      break;
    case Framing::chunked:
      text += " chunked";
      break;
    case Framing::until_close:
      text += " until_close";
      break;
  }
  if (head.keep_alive) text += " keep";
  text += " |";
  head.fields.for_each_forwarded_run([&text](std::string_view run) { text += run; });
  return text;
}

struct Outcome {
  std::optional<Error> error = {};
  bool whole = false;
  std::size_t size = 0;
  std::uint16_t status = 0;
  std::string found = {};
};

Outcome outcome_of(const Result<bool>& result, const ResponseParser& parser, const ResponseHead& head) {
  if (!result) return {.error = result.error()};
  if (!*result) return {};
  return {.whole = true, .size = parser.size(), .status = head.status, .found = found_in(head)};
}

Outcome at_once(std::string_view bytes, Method method = Method::get, const HeadLimits& limits = {}) {
  const Padded padded(bytes);
  ResponseParser parser(limits, method);
  ResponseHead head;
  return outcome_of(parser.parse(padded.view(), head), parser, head);
}

struct Grown {
  Outcome outcome;
  std::size_t at = 0;
};

Grown byte_by_byte(std::string_view bytes, Method method = Method::get, const HeadLimits& limits = {}) {
  ResponseParser parser(limits, method);
  ResponseHead head;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const Padded padded(bytes.substr(0, size), "\r\n:a "[size % 5]);
    const Outcome outcome = outcome_of(parser.parse(padded.view(), head), parser, head);
    if (outcome.error || outcome.whole) return {outcome, size};
  }
  return {{}, bytes.size()};
}

std::size_t head_end(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  return end == std::string_view::npos ? bytes.size() : end + 4;
}

void expect_refused(std::string_view bytes, ErrorCode code = ErrorCode::response_malformed, const HeadLimits& limits = {}) {
  const std::string shown = testing::PrintToString(bytes.substr(0, 200));
  const Error expected{.code = code, .blame = Blame::upstream};
  const Outcome whole = at_once(bytes, Method::get, limits);
  ASSERT_TRUE(whole.error) << shown << " became " << (whole.whole ? whole.found : "nothing yet");
  EXPECT_EQ(*whole.error, expected) << shown;
  const Grown grown = byte_by_byte(bytes, Method::get, limits);
  ASSERT_TRUE(grown.outcome.error) << shown;
  EXPECT_EQ(*grown.outcome.error, expected) << shown;
  EXPECT_LE(grown.at, head_end(bytes)) << shown;
}

void expect_accepted(std::string_view bytes, std::string_view found, Method method = Method::get, const HeadLimits& limits = {}) {
  const std::string shown = testing::PrintToString(bytes.substr(0, 200));
  const Outcome whole = at_once(bytes, method, limits);
  ASSERT_TRUE(whole.whole) << shown;
  EXPECT_EQ(whole.found, found) << shown;
  EXPECT_EQ(whole.size, head_end(bytes)) << shown;
  const Grown grown = byte_by_byte(bytes, method, limits);
  ASSERT_TRUE(grown.outcome.whole) << shown;
  EXPECT_EQ(grown.at, whole.size) << shown;
  EXPECT_EQ(grown.outcome.found, whole.found) << shown;
  EXPECT_EQ(grown.outcome.status, whole.status) << shown;
}

#define OK "HTTP/1.1 200 OK\r\n"
#define T "Transfer-Encoding: chunked\r\n"
#define L "Content-Length: 5\r\n"
#define E "\r\n"

struct Accepted {
  Method method;
  std::string_view bytes, found;
};

TEST(ResponseParser, FindsWhereTheBodyEndsAndWhetherTheConnectionStays) {
  const Accepted cases[] = {
      {Method::get, OK L E "hello", "200 OK 1.1 length=5 keep |" L},
      {Method::get, OK "Content-Length: 0\r\n" E, "200 OK 1.1 length=0 keep |Content-Length: 0\r\n"},
      {Method::get, OK T E, "200 OK 1.1 chunked keep |"},
      {Method::get, OK "transfer-encoding:\tCHUNKED\r\n" E, "200 OK 1.1 chunked keep |"},
      {Method::get, OK E, "200 OK 1.1 until_close |"},
      {Method::get, OK "Connection: keep-alive\r\n" E, "200 OK 1.1 until_close |"},
      // What is said about a body where none comes.
      {Method::head, OK L E, "200 OK 1.1 none keep |" L},
      {Method::head, OK T E, "200 OK 1.1 none keep |"},
      {Method::head, OK E, "200 OK 1.1 none keep |"},
      {Method::get, "HTTP/1.1 204 No Content\r\n" E, "204 No Content 1.1 none keep |"},
      {Method::get, "HTTP/1.1 204 No Content\r\n" L "X: 1\r\n" E, "204 No Content 1.1 none |X: 1\r\n"},
      {Method::get, "HTTP/1.1 304 Not Modified\r\n" L "ETag: \"x\"\r\n" E, "304 Not Modified 1.1 none keep |" L "ETag: \"x\"\r\n"},
      {Method::get, "HTTP/1.1 304 Not Modified\r\n" T E, "304 Not Modified 1.1 none keep |"},
      {Method::post, "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n" E, "205 Reset Content 1.1 length=0 keep |Content-Length: 0\r\n"},
      // Interim.
      {Method::post, "HTTP/1.1 100 Continue\r\n" E, "100 Continue 1.1 none keep |"},
      {Method::get, "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n" L E, "103 Early Hints 1.1 none |Link: <x>\r\n"},
      {Method::get, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n" E,
       "101 Switching Protocols 1.1 none keep |"},
      // Connection.
      {Method::get, OK L "Connection: close\r\n" E, "200 OK 1.1 length=5 |" L},
      {Method::get, OK L "Connection: Close, keep-alive\r\n" E, "200 OK 1.1 length=5 |" L},
      {Method::get, OK L "Connection: x\r\nX: 1\r\nY: 2\r\n" E, "200 OK 1.1 length=5 keep |" L "Y: 2\r\n"},
      {Method::head, OK "Connection: close\r\n" E, "200 OK 1.1 none |"},
      {Method::get, OK "Connection: close, content-length, set-cookie\r\nSet-Cookie: a\r\n" L E,
       "200 OK 1.1 length=5 |Set-Cookie: a\r\n" L},
      // HTTP/1.0, which may say keep-alive, and is not believed to be able to chunk.
      {Method::get, "HTTP/1.0 200 OK\r\n" L E, "200 OK 1.0 length=5 |" L},
      {Method::get, "HTTP/1.0 200 OK\r\n" L "Connection: keep-alive\r\n" E, "200 OK 1.0 length=5 keep |" L},
      {Method::get, "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" E, "200 OK 1.0 until_close |"},
      {Method::get, "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" T E, "200 OK 1.0 until_close |"},
      {Method::head, "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" T E, "200 OK 1.0 none |"},
      // Status lines.
      {Method::get, "HTTP/1.2 200 OK\r\n" L E, "200 OK 1.1 length=5 keep |" L},
      {Method::get, "HTTP/1.1 200 \r\n" L E, "200  1.1 length=5 keep |" L},
      {Method::get, "HTTP/1.1 599 \xc3\xa9 \t x\r\n" L E, "599 \xc3\xa9 \t x 1.1 length=5 keep |" L},
      {Method::get, "HTTP/1.1 418 I'm a \"teapot\"\r\n" L E, "418 I'm a \"teapot\" 1.1 length=5 keep |" L},
      // Hop by hop.
      {Method::get,
       OK "Keep-Alive: timeout=5\r\nA: 1\r\nProxy-Connection: x\r\nProxy-Authenticate: y\r\nUpgrade: h2c\r\nTE: z\r\nB:2\r\n" L E,
       "200 OK 1.1 length=5 keep |A: 1\r\nB:2\r\n" L},
  };
  for (const Accepted& c : cases) expect_accepted(c.bytes, c.found, c.method);
}

TEST(ResponseParser, ReadsTheStatus) {
  for (int status = 0; status < 1000; ++status) {
    const std::string digits = std::to_string(1000 + status).substr(1);
    const Outcome outcome = at_once("HTTP/1.1 " + digits + " X\r\n" L E);
    EXPECT_EQ(outcome.whole, status >= 100 && status <= 599) << status;
    if (outcome.whole) EXPECT_EQ(outcome.status, status);
  }
}

TEST(ResponseParser, RefusesStatusLinesThatAreNotExactlyTheGrammar) {
  for (const std::string_view bytes : {"HTTP/2.0 200 OK\r\n\r\n"sv,
                                       "HTTP/0.9 200 OK\r\n\r\n"sv,
                                       "HTTP/1 200 OK\r\n\r\n"sv,
                                       "HTTP/1.10 200 OK\r\n\r\n"sv,
                                       "http/1.1 200 OK\r\n\r\n"sv,
                                       "HTTP/1.1  200 OK\r\n\r\n"sv,
                                       "HTTP/1.1\t200 OK\r\n\r\n"sv,
                                       "HTTP/1.1 20 OK\r\n\r\n"sv,
                                       "HTTP/1.1 2000 OK\r\n\r\n"sv,
                                       "HTTP/1.1 2x0 OK\r\n\r\n"sv,
                                       "HTTP/1.1 +20 OK\r\n\r\n"sv,
                                       "HTTP/1.1 200\r\n\r\n"sv,
                                       "HTTP/1.1 200\tOK\r\n\r\n"sv,
                                       "HTTP/1.1 200-OK\r\n\r\n"sv,
                                       "HTTP/1.1 099 X\r\n\r\n"sv,
                                       "HTTP/1.1 600 X\r\n\r\n"sv,
                                       "HTTP/1.1 200 OK\n\n"sv,
                                       "HTTP/1.1 200 OK\r\r\n\r\n"sv,
                                       "HTTP/1.1 200 O\0K\r\n\r\n"sv,
                                       "HTTP/1.1 200 O\x1bK\r\n\r\n"sv,
                                       "HTTP/1.1 200 OK\x7f\r\n\r\n"sv,
                                       " HTTP/1.1 200 OK\r\n\r\n"sv,
                                       "\r\nHTTP/1.1 200 OK\r\n\r\n"sv,
                                       "ICY 200 OK\r\n\r\n"sv,
                                       "<html>"sv,
                                       "SSH-2.0-x\r\n"sv,
                                       "\0"sv,
                                       "\x15\x03\x01"sv}) {
    expect_refused(bytes);
  }
}

TEST(ResponseParser, RefusesFramingThatTwoReadersCouldTakeForDifferent) {
  for (const std::string_view fields : {L L ""sv,
                                        L "Content-Length: 6\r\n"sv,
                                        "Content-Length: 5, 5\r\n"sv,
                                        "Content-Length: 05\r\n"sv,
                                        "Content-Length: +5\r\n"sv,
                                        "Content-Length: -5\r\n"sv,
                                        "Content-Length:\r\n"sv,
                                        "Content-Length: 5x\r\n"sv,
                                        "Content-Length: 99999999999999999999\r\n"sv,
                                        L T ""sv,
                                        T L ""sv,
                                        T T ""sv,
                                        "Transfer-Encoding: gzip\r\n"sv,
                                        "Transfer-Encoding: gzip, chunked\r\n"sv,
                                        "Transfer-Encoding: chunked, chunked\r\n"sv,
                                        "Transfer-Encoding: identity\r\n"sv,
                                        "Transfer-Encoding:\r\n"sv,
                                        "Transfer-Encoding: ,chunked\r\n"sv,
                                        "Transfer-Encoding : chunked\r\n"sv,
                                        "Transfer-Encoding:\r\n chunked\r\n"sv,
                                        "Transfer-Encoding: \x0b"
                                        "chunked\r\n"sv}) {
    expect_refused(std::string(OK).append(fields).append("\r\n"));
    if (!fields.starts_with(L T) && !fields.starts_with(T L))
      expect_refused(std::string("HTTP/1.0 200 OK\r\n").append(fields).append("\r\n"));
  }
  // Also where there is no body to frame.
  EXPECT_TRUE(at_once(OK L T E, Method::head).error);
  EXPECT_TRUE(at_once("HTTP/1.1 304 X\r\n" L L E).error);
  EXPECT_TRUE(at_once("HTTP/1.1 204 X\r\nContent-Length: x\r\n" E).error);
}

TEST(ResponseParser, RefusesFieldLinesThatAreNotExactlyTheGrammar) {
  for (const std::string_view line : {"X : v"sv, ": v"sv, "NoColon"sv, "X[]: v"sv, "X: a\rb"sv, "X: a\nb"sv, "X: a\0b"sv, "X: \x7f"sv,
                                      "X: a\r\n b"sv, " X: a"sv, "Connection: a b"sv, "Connection: a,b,c,d,e,f,g,h,i"sv}) {
    expect_refused(std::string(OK).append(line).append("\r\n\r\n"));
  }
}

TEST(ResponseParser, RefusesAtTheByteThatIsWrong) {
  for (const std::string_view bytes : {"h"sv, "\r"sv, "HTTP/2"sv, "HTTP/1.1 x"sv, "HTTP/1.1 200O"sv, "HTTP/1.1 200 O\n"sv,
                                       "HTTP/1.1 200 OK\rX"sv, OK " "sv, OK "X "sv, OK "X: \x01"sv, OK "\n"sv, OK "\rX"sv}) {
    EXPECT_FALSE(byte_by_byte(bytes.substr(0, bytes.size() - 1)).outcome.error) << testing::PrintToString(bytes);
    EXPECT_TRUE(byte_by_byte(bytes).outcome.error) << testing::PrintToString(bytes);
  }
}

TEST(ResponseParser, AsksForMoreUntilTheHeadIsWhole) {
  const std::string_view bytes = OK L "X: y\r\n" E;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Outcome outcome = at_once(bytes.substr(0, size));
    EXPECT_FALSE(outcome.error || outcome.whole) << size;
  }
}

TEST(ResponseParser, HoldsAHeadToItsLimits) {
  const HeadLimits limits{.bytes = 100, .fields = 3};
  const auto head_of = [](std::size_t size) {
    std::string bytes = OK "X: ";
    return bytes.append(size - bytes.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_TRUE(at_once(head_of(100), Method::get, limits).whole);
  EXPECT_TRUE(byte_by_byte(head_of(100) + std::string(300, 'b'), Method::get, limits).outcome.whole);
  expect_refused(head_of(101), ErrorCode::response_head_too_large, limits);
  expect_refused("HTTP/1.1 200 " + std::string(200, 'x') + "\r\n\r\n", ErrorCode::response_head_too_large, limits);
  EXPECT_TRUE(at_once(OK "A:1\r\nA:2\r\nA:3\r\n" E, Method::get, limits).whole);
  expect_refused(OK "A:1\r\nA:2\r\nA:3\r\nA:4\r\n" E, ErrorCode::response_head_too_large, limits);
}

TEST(ResponseParser, ReadsTheFinalHeadBehindAnInterimOne) {
  const std::string_view interim = "HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n";
  const std::string bytes = std::string(interim) + OK L E "hello";
  const Padded padded(bytes);
  ResponseParser parser({}, Method::get);
  ResponseHead head;
  ASSERT_EQ(parser.parse(padded.view(), head), true);
  EXPECT_TRUE(head.is_interim());
  ASSERT_EQ(parser.size(), interim.size());
  parser.restart();
  const Padded rest(padded.view().substr(parser.size() == 0 ? interim.size() : parser.size()));
  ASSERT_EQ(parser.parse(rest.view(), head), true);
  EXPECT_EQ(found_in(head), "200 OK 1.1 length=5 keep |" L);
}

TEST(ResponseParser, RemembersTheMethodWhenItStartsAgain) {
  ResponseParser parser({}, Method::head);
  ResponseHead head;
  const Padded interim("HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_EQ(parser.parse(interim.view(), head), true);
  parser.restart();
  const Padded final(OK L E);
  ASSERT_EQ(parser.parse(final.view(), head), true);
  EXPECT_EQ(head.body.framing, Framing::none);
}

#undef OK
#undef T
#undef L
#undef E

}  // namespace
}  // namespace rota::http
