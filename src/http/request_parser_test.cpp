#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "http/padded.h"

namespace rota::http {
namespace {

using namespace std::string_view_literals;

std::string forwarded(const RequestHead& head) {
  std::string lines;
  head.fields.for_each_forwarded_run([&lines](std::string_view run) { lines += run; });
  return lines;
}

// Everything but the fields, in one line.
std::string found_in(const RequestHead& head) {
  std::string text{head.method_text};
  text.append(" ").append(head.path).append(head.query).append(" @").append(head.host);
  text += head.version == Version::http_1_1 ? " 1.1" : " 1.0";
  if (head.body.framing == Framing::length) text += " length=" + std::to_string(head.body.length);
  if (head.body.framing == Framing::chunked) text += " chunked";
  if (head.keep_alive) text += " keep";
  if (head.expects_continue) text += " continue";
  if (head.takes_trailers) text += " trailers";
  return text;
}

struct Outcome {
  std::optional<Error> error = {};
  bool whole = false;
  std::size_t size = 0;  // of the head, where it is whole
  std::string found = {};
  std::string lines = {};
  Method method = Method::other;
};

Outcome outcome_of(const Result<bool>& result, const RequestParser& parser, const RequestHead& head) {
  if (!result) return {.error = result.error()};
  if (!*result) return {};
  return {.whole = true, .size = parser.size(), .found = found_in(head), .lines = forwarded(head), .method = head.method};
}

Outcome at_once(std::string_view bytes, const HeadLimits& limits = {}) {
  const Padded padded(bytes);
  RequestParser parser(limits);
  RequestHead head;
  return outcome_of(parser.parse(padded.view(), head), parser, head);
}

struct Grown {
  Outcome outcome;
  std::size_t at = 0;  // how many bytes had come then
};

// Byte for byte, each time in other memory, behind which there is other slack.
Grown byte_by_byte(std::string_view bytes, const HeadLimits& limits = {}) {
  RequestParser parser(limits);
  RequestHead head;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const Padded padded(bytes.substr(0, size), "\r\n:a "[size % 5]);
    const Outcome outcome = outcome_of(parser.parse(padded.view(), head), parser, head);
    if (outcome.error || outcome.whole) return {outcome, size};
  }
  return {{}, bytes.size()};
}

// Just behind the empty line that ends the head that `bytes` begin with.
std::size_t head_end(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n", bytes.starts_with("\r\n") ? 2 : 0);
  return end == std::string_view::npos ? bytes.size() : end + 4;
}

void expect_refused(std::string_view bytes, ErrorCode code, const HeadLimits& limits = {}) {
  const std::string shown = testing::PrintToString(bytes.substr(0, 200));
  const Error expected{.code = code, .blame = Blame::client};
  const Outcome whole = at_once(bytes, limits);
  ASSERT_TRUE(whole.error) << shown << " became " << (whole.whole ? whole.found : "nothing yet");
  EXPECT_EQ(static_cast<int>(whole.error->code), static_cast<int>(code)) << shown;
  EXPECT_EQ(*whole.error, expected) << shown;
  const Grown grown = byte_by_byte(bytes, limits);
  ASSERT_TRUE(grown.outcome.error) << shown;
  EXPECT_EQ(*grown.outcome.error, expected) << shown;
  EXPECT_LE(grown.at, head_end(bytes)) << shown;
}

void expect_accepted(std::string_view bytes, std::string_view found, const HeadLimits& limits = {}) {
  const std::string shown = testing::PrintToString(bytes.substr(0, 200));
  const Outcome whole = at_once(bytes, limits);
  ASSERT_FALSE(whole.error) << shown << " was refused with " << static_cast<int>(whole.error->code);
  ASSERT_TRUE(whole.whole) << shown;
  EXPECT_EQ(whole.found, found) << shown;
  EXPECT_EQ(whole.size, head_end(bytes)) << shown;
  const Grown grown = byte_by_byte(bytes, limits);
  ASSERT_TRUE(grown.outcome.whole) << shown;
  EXPECT_EQ(grown.at, whole.size) << shown;
  EXPECT_EQ(grown.outcome.size, whole.size) << shown;
  EXPECT_EQ(grown.outcome.found, whole.found) << shown;
  EXPECT_EQ(grown.outcome.lines, whole.lines) << shown;
}

// `G`, `P`: a request line; `H`: the Host it needs.
#define G "GET / HTTP/1.1\r\n"
#define P "POST / HTTP/1.1\r\n"
#define H "Host: a\r\n"
#define T "Transfer-Encoding: chunked\r\n"
#define E "\r\n"

TEST(RequestParser, TakesWhatIsARequest) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      // Request lines.
      {G H E, "GET / @a 1.1 keep"},
      {"GET /a/b?c=d HTTP/1.1\r\n" H E, "GET /a/b?c=d @a 1.1 keep"},
      {"\r\n" G H E, "GET / @a 1.1 keep"},
      {G H E "GET /next HTTP/1.1\r\n", "GET / @a 1.1 keep"},
      {"GET / HTTP/1.2\r\n" H E, "GET / @a 1.1 keep"},
      {"GET / HTTP/1.9\r\n" H E, "GET / @a 1.1 keep"},
      {"GET / HTTP/1.0\r\n" H E, "GET / @a 1.0"},
      {"GET / HTTP/1.0\r\n" E, "GET / @ 1.0"},
      {"get / HTTP/1.1\r\n" H E, "get / @a 1.1 keep"},
      {"PROPFIND / HTTP/1.1\r\n" H E, "PROPFIND / @a 1.1 keep"},
      {"!#$%&'*+-.^_`|~9 / HTTP/1.1\r\n" H E, "!#$%&'*+-.^_`|~9 / @a 1.1 keep"},
      {"OPTIONS * HTTP/1.1\r\n" H E, "OPTIONS * @a 1.1 keep"},
      {"OPTIONS /x HTTP/1.1\r\n" H E, "OPTIONS /x @a 1.1 keep"},
      // Absolute form: the authority is the host, and what Host said must be the same.
      {"GET http://b/ HTTP/1.1\r\nHost: b\r\n" E, "GET / @b 1.1 keep"},
      {"GET http://B:80/x?y HTTP/1.1\r\nHost: b:80\r\n" E, "GET /x?y @b:80 1.1 keep"},
      {"GET http://b HTTP/1.1\r\nHost: b\r\n" E, "GET / @b 1.1 keep"},
      {"GET http://b?x HTTP/1.0\r\n" E, "GET /?x @b 1.0"},
      // Hosts.
      {G "hOsT:a.example:8080" E E, "GET / @a.example:8080 1.1 keep"},
      {G "Host:\t [::1]:80 \t" E E, "GET / @[::1]:80 1.1 keep"},
      // Content-Length.
      {P H "Content-Length: 0\r\n" E, "POST / @a 1.1 length=0 keep"},
      {P H "Content-Length:\t5\r\n" E "hello", "POST / @a 1.1 length=5 keep"},
      {P H "content-length:5 \t\r\n" E, "POST / @a 1.1 length=5 keep"},
      {P H "Content-Length: 999999999999999999\r\n" E, "POST / @a 1.1 length=999999999999999999 keep"},
      {G H "Content-Length: 5\r\n" E "helloGET", "GET / @a 1.1 length=5 keep"},
      {"POST / HTTP/1.0\r\n" H "Content-Length: 5\r\n" E, "POST / @a 1.0 length=5"},
      // Transfer-Encoding.
      {P H T E, "POST / @a 1.1 chunked keep"},
      {P H "TRANSFER-ENCODING:\tChunked \r\n" E, "POST / @a 1.1 chunked keep"},
      {P H "Transfer_Encoding: chunked\r\nContent-Length: 3\r\n" E, "POST / @a 1.1 length=3 keep"},
      {P H "Content_Length: 9\r\n" T E, "POST / @a 1.1 chunked keep"},
      {P H "Transfer-Encodings: chunked\r\n" E, "POST / @a 1.1 keep"},
      // Values.
      {G H "X:\r\n" E, "GET / @a 1.1 keep"},
      {G H "X: \xc3\xa9\xff \x80 \"\\ \t|\r\n" E, "GET / @a 1.1 keep"},
      {G H "!#$%&'*+-.^_`|~: v\r\n" E, "GET / @a 1.1 keep"},
      // Connection.
      {G H "Connection: close\r\n" E, "GET / @a 1.1"},
      {G H "Connection: CLOSE , keep-alive\r\n" E, "GET / @a 1.1"},
      {G H "Connection: keep-alive\r\nConnection: close\r\n" E, "GET / @a 1.1"},
      {G H "Connection: ,x,,\r\n" E, "GET / @a 1.1 keep"},
      {G H "Connection:\r\n" E, "GET / @a 1.1 keep"},
      {G H "Connection: closed\r\n" E, "GET / @a 1.1 keep"},
      {G H "Connection: a,b,c,d,e,f,g,h\r\n" E, "GET / @a 1.1 keep"},
      {"GET / HTTP/1.0\r\n" H "Connection: Keep-Alive\r\n" E, "GET / @a 1.0 keep"},
      {"GET / HTTP/1.0\r\n" H "Connection: keep-alive, close\r\n" E, "GET / @a 1.0"},
      {"GET / HTTP/1.0\r\n" H "Keep-Alive: 5\r\n" E, "GET / @a 1.0"},
      {"GET / HTTP/1.0\r\n" H "Proxy-Connection: keep-alive\r\n" E, "GET / @a 1.0"},
      // TE.
      {G H "TE: trailers\r\n" E, "GET / @a 1.1 keep trailers"},
      {G H "TE: gzip, Trailers\r\n" E, "GET / @a 1.1 keep trailers"},
      {G H "TE: trailers\r\nTE: gzip\r\n" E, "GET / @a 1.1 keep trailers"},
      {G H "TE: gzip\r\n" E, "GET / @a 1.1 keep"},
      // Expect.
      {P H "Content-Length: 5\r\nExpect: 100-Continue\r\n" E, "POST / @a 1.1 length=5 keep continue"},
      {P H T "Expect: 100-continue\r\n" E, "POST / @a 1.1 chunked keep continue"},
      {G H "Expect: 100-continue\r\n" E, "GET / @a 1.1 keep"},
      {"POST / HTTP/1.0\r\n" H "Content-Length: 5\r\nExpect: 100-continue\r\n" E, "POST / @a 1.0 length=5"},
      {"POST / HTTP/1.0\r\n" H "Content-Length: 5\r\nExpect: miracles\r\n" E, "POST / @a 1.0 length=5"},
  };
  for (const auto& [bytes, found] : cases) expect_accepted(bytes, found);
}

TEST(RequestParser, RefusesRequestLinesThatAreNotExactlyTheGrammar) {
  const std::string_view cases[] = {
      "GET /\r\n\r\n", "GET\r\n\r\n", "GET \r\n\r\n", "GET  HTTP/1.1\r\n" H E, "GET  / HTTP/1.1\r\n" H E, "GET /  HTTP/1.1\r\n" H E,
      "GET\t/ HTTP/1.1\r\n" H E, "GET /\tHTTP/1.1\r\n" H E, " GET / HTTP/1.1\r\n" H E, "\tGET / HTTP/1.1\r\n" H E, "/ HTTP/1.1\r\n" H E,
      "GE(T / HTTP/1.1\r\n" H E, "G\xc3\xa9T / HTTP/1.1\r\n" H E, "GET / HTTP/1.1 \r\n" H E, "GET / HTTP/1.1 x\r\n" H E,
      "GET / HTTP/01.1\r\n" H E, "GET / HTTP/1\r\n" H E, "GET / HTTP/1.\r\n" H E, "GET / HTTP/1.10\r\n" H E, "GET / http/1.1\r\n" H E,
      "GET / HTTP/x.1\r\n" H E, "GET / HTTP 1.1\r\n" H E, "GET / HTCPCP/1.0\r\n" H E, "GET / HTTP/1.1\r\r\n" H E,
      // Line ends: CRLF only.
      "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\n\n", "GET / HTTP/1.1\rHost: a\r\r", "GET / HTTP/1.1\r\nHost: a\r\n\n",
      "\nGET / HTTP/1.1\r\n" H E, "\rGET / HTTP/1.1\r\n" H E, "\r\n\r\n\r\nGET / HTTP/1.1\r\n" H E, "\r\n\r\n\r\n",
      // Something else altogether.
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"sv, "\x80\x2e\x01"sv, "\0\0\0\0"sv, "{\"a\": 1}", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"};
  for (const std::string_view bytes : cases) expect_refused(bytes, ErrorCode::bad_request);
}

TEST(RequestParser, RefusesVersionsThatItDoesNotSpeak) {
  for (const std::string_view bytes : {"GET / HTTP/9.9\r\n" H E, "GET / HTTP/2.0\r\n" H E, "GET / HTTP/0.9\r\n" H E}) {
    expect_refused(bytes, ErrorCode::version_not_supported);
  }
}

TEST(RequestParser, RefusesTargetsThatTwoReadersCouldTakeForDifferentOnes) {
  const std::string_view targets[] = {"/#f",         "/\xc3\xa9", "/\"",       "/<",      "/\\",      "/^",         "/\x7f",
                                      "/a b",        "/%00",      "/\0"sv,     "/a/../b", "/%2e%2e/", "/%2f",       "/%5c",
                                      "/..",         "/%",        "a",         "?x",      "*",        "https://a/", "http://u:p@a/",
                                      "http://a:0/", "http://",   "http:///x", "a:80"};
  for (const std::string_view target : targets) {
    std::string bytes = "GET ";
    bytes.append(target).append(" HTTP/1.1\r\n" H E);
    expect_refused(bytes, ErrorCode::bad_request);
  }
}

TEST(RequestParser, TakesAStarForOptionsOnly) {
  for (const std::string_view bytes : {"GET * HTTP/1.1\r\n" H E, "TRACE * HTTP/1.1\r\n" H E, "options * HTTP/1.1\r\n" H E}) {
    expect_refused(bytes, ErrorCode::bad_request);
  }
}

TEST(RequestParser, NeitherTunnelsNorEchoes) {
  expect_refused("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n" E, ErrorCode::method_not_allowed);
  expect_refused("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 0\r\n" E, ErrorCode::method_not_allowed);
  expect_refused("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\n" E, ErrorCode::bad_request);
  expect_refused("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n" T E, ErrorCode::bad_request);
  expect_refused("TRACE / HTTP/1.1\r\n" H E, ErrorCode::method_not_allowed);
}

TEST(RequestParser, RefusesLengthsThatAreNotOneNumberThatAllReadAlike) {
  for (const std::string_view value : {""sv,
                                       "+5"sv,
                                       "-5"sv,
                                       "-0"sv,
                                       "0x5"sv,
                                       "0o5"sv,
                                       "1_0"sv,
                                       "1 0"sv,
                                       "5Z"sv,
                                       "5."sv,
                                       "1e3"sv,
                                       "0005"sv,
                                       "00"sv,
                                       "010"sv,
                                       "5, 5"sv,
                                       "5,5"sv,
                                       "5, 6"sv,
                                       ",5"sv,
                                       "5;"sv,
                                       "\"5\""sv,
                                       "\xb2"sv,
                                       "1000000000000000000"sv,
                                       "9223372036854775808"sv,
                                       "18446744073709551621"sv,
                                       "99999999999999999999"sv,
                                       "chunked"sv}) {
    std::string bytes = P H "Content-Length: ";
    bytes.append(value).append("\r\n\r\nhello");
    expect_refused(bytes, ErrorCode::bad_request);
  }
  expect_refused(P H "Content-Length: 5\r\nContent-Length: 6\r\n" E "hello", ErrorCode::bad_request);
  expect_refused(P H "Content-Length: 5\r\nContent-Length: 5\r\n" E "hello", ErrorCode::bad_request);
  expect_refused(P H "Content-Length:\r\nContent-Length: 5\r\n" E "hello", ErrorCode::bad_request);
  expect_refused(P H "Content-Length: 5\r\nX: y\r\ncontent-length: 5\r\n" E "hello", ErrorCode::bad_request);
  expect_refused(P H "Content-Length : 5\r\n" E "hello", ErrorCode::bad_request);
  expect_refused(P H "Content-Length:\r\n 5\r\n" E "hello", ErrorCode::bad_request);
}

TEST(RequestParser, RefusesCodingsBesidesChunkedAlone) {
  const std::pair<std::string_view, ErrorCode> values[] = {
      {"", ErrorCode::bad_request},
      {",chunked", ErrorCode::bad_request},
      {"chunked,", ErrorCode::bad_request},
      {"chunked, chunked", ErrorCode::bad_request},
      {"chunked, gzip", ErrorCode::bad_request},
      {"chunked, identity", ErrorCode::bad_request},
      {"chunked;x=1", ErrorCode::bad_request},
      {"\"chunked\"", ErrorCode::bad_request},
      {"chun ked", ErrorCode::bad_request},
      {"\x0b"
       "chunked",
       ErrorCode::bad_request},
      {"\x0c"
       "chunked",
       ErrorCode::bad_request},
      {"chunked\0"sv, ErrorCode::bad_request},
      {"\xa0"
       "chunked",
       ErrorCode::bad_request},
      {"gzip, chunked", ErrorCode::transfer_coding_unknown},
      {"gzip", ErrorCode::transfer_coding_unknown},
      {"identity", ErrorCode::transfer_coding_unknown},
      {"xchunked", ErrorCode::transfer_coding_unknown},
      {"chunked-not", ErrorCode::transfer_coding_unknown},
  };
  for (const auto& [value, code] : values) {
    std::string bytes = P H "Transfer-Encoding: ";
    bytes.append(value).append("\r\n\r\n0\r\n\r\n");
    expect_refused(bytes, code);
  }
  expect_refused(P H T T E, ErrorCode::bad_request);
  expect_refused(P H "Transfer-Encoding: gzip\r\n" T E, ErrorCode::bad_request);
  expect_refused(P H "Transfer-Encoding : chunked\r\n" E, ErrorCode::bad_request);
  expect_refused(P H "Transfer-Encoding:\r\n chunked\r\n" E, ErrorCode::bad_request);
  expect_refused("POST / HTTP/1.0\r\n" H T E, ErrorCode::bad_request);
}

TEST(RequestParser, RefusesACodingBesideALengthInEitherOrder) {
  expect_refused(P H T "Content-Length: 5\r\n" E, ErrorCode::bad_request);
  expect_refused(P H "Content-Length: 5\r\n" T E, ErrorCode::bad_request);
  expect_refused(P H "Content-Length: 0\r\n" T E, ErrorCode::bad_request);
  expect_refused(P H "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n" E, ErrorCode::bad_request);
}

TEST(RequestParser, RefusesFieldLinesThatAreNotExactlyTheGrammar) {
  for (const std::string_view line :
       {"X : v"sv,   "X\t: v"sv,   ": v"sv,        ":"sv,      "NoColon"sv,     "X[]: v"sv,      "X\xef: v"sv, "Te\nst: v"sv,
        "X Y: v"sv,  "\"X\": v"sv, "X\0: v"sv,     "X/: v"sv,  "X: a\rb"sv,     "X: a\nb"sv,     "X: a\0b"sv,  "X: \x01"sv,
        "X: \x07"sv, "X: \x7f"sv,  "X: \x1b[0m"sv, "X: a\r"sv, "X: a\r\n  b"sv, "X: a\r\n\tb"sv, "X:\r\n b"sv, "X: a\n"sv}) {
    std::string bytes = G H;
    bytes.append(line).append("\r\n\r\n");
    expect_refused(bytes, ErrorCode::bad_request);
  }
  expect_refused(G " Host: a\r\n" E, ErrorCode::bad_request);
  expect_refused(G "\tHost: a\r\n" E, ErrorCode::bad_request);
  expect_refused(G "\rHost: a\r\n" E, ErrorCode::bad_request);
}

TEST(RequestParser, RefusesHostsThatAreNotOneHost) {
  expect_refused(G E, ErrorCode::bad_request);
  expect_refused(G H H E, ErrorCode::bad_request);
  expect_refused(G H "Host: b\r\n" E, ErrorCode::bad_request);
  expect_refused("GET / HTTP/1.0\r\n" H "Host: b\r\n" E, ErrorCode::bad_request);
  expect_refused("GET http://b/ HTTP/1.1\r\n" H E, ErrorCode::bad_request);
  expect_refused("GET http://a:80/ HTTP/1.1\r\n" H E, ErrorCode::bad_request);
  expect_refused("GET http://a/ HTTP/1.1\r\n" E, ErrorCode::bad_request);
  for (const std::string_view value : {""sv, "u@a"sv, "a/b"sv, "a,b"sv, "a b"sv, "a:0"sv, "a:65536"sv, "a:1:2"sv, "a:"sv, "[::1"sv, "."sv,
                                       "a..b"sv, "\xc3\xa9"sv, "a#"sv, "a?b"sv}) {
    std::string bytes = G "Host: ";
    bytes.append(value).append("\r\n\r\n");
    expect_refused(bytes, ErrorCode::bad_request);
  }
}

TEST(RequestParser, RefusesExpectationsThatItCannotMeet) {
  for (const std::string_view value : {"miracles"sv, "200-ok"sv, "100-continue, x"sv, "100-continue;x"sv}) {
    std::string bytes = P H "Content-Length: 5\r\nExpect: ";
    bytes.append(value).append("\r\n\r\n");
    expect_refused(bytes, ErrorCode::expectation_failed);
  }
  expect_refused(P H "Content-Length: 5\r\nExpect: 100-continue\r\nExpect: more\r\n" E, ErrorCode::expectation_failed);
}

TEST(RequestParser, RefusesConnectionOptionsThatAreNoTokensOrTooMany) {
  for (const std::string_view value : {"a b"sv, "a;b"sv, "\"close\""sv, "close x"sv, "a,b,c,d,e,f,g,h,i"sv}) {
    std::string bytes = G H "Connection: ";
    bytes.append(value).append("\r\n\r\n");
    expect_refused(bytes, ErrorCode::bad_request);
  }
  expect_refused(G H "Connection: a,b,c,d,e\r\nConnection: f,g,h,i\r\n" E, ErrorCode::bad_request);
}

// A sender of garbage is told so at the byte that shows it, not when the line or the head ends.
TEST(RequestParser, RefusesAtTheByteThatIsWrong) {
  for (const std::string_view bytes : {"\n"sv,
                                       " "sv,
                                       "\r\r"sv,
                                       "\x16"sv,
                                       "GE("sv,
                                       "GET  "sv,
                                       "GET /\x01"sv,
                                       "GET /\r"sv,
                                       "GET / h"sv,
                                       "GET / HTTP/x"sv,
                                       "GET / HTTP/1.1\n"sv,
                                       "GET / HTTP/1.1 "sv,
                                       "GET / HTTP/1.1\rX"sv,
                                       G " "sv,
                                       G "X "sv,
                                       G ":"sv,
                                       G "X\r"sv,
                                       G "X: a\x01"sv,
                                       G "X: a\n"sv,
                                       G "X: a\rb"sv,
                                       G "\n"sv,
                                       G H "\rX"sv}) {
    const Grown before = byte_by_byte(bytes.substr(0, bytes.size() - 1));
    EXPECT_FALSE(before.outcome.error) << testing::PrintToString(bytes);
    const Grown grown = byte_by_byte(bytes);
    ASSERT_TRUE(grown.outcome.error) << testing::PrintToString(bytes);
    EXPECT_EQ(grown.outcome.error->code, ErrorCode::bad_request);
  }
}

// As a line ends, not as the head does.
TEST(RequestParser, RefusesALineThatMakesTheMessageInvalidWhenItEnds) {
  for (const std::string_view bytes :
       {P "Content-Length: 5, 6\r\n"sv, P "Content-Length: 5\r\nContent-Length: 5\r\n"sv, P "Transfer-Encoding: chunked, gzip\r\n"sv,
        G "Host: a b\r\n"sv, G H H ""sv, "GET / HTTP/9.9\r\n"sv}) {
    EXPECT_FALSE(at_once(bytes.substr(0, bytes.size() - 1)).error) << bytes;
    EXPECT_TRUE(at_once(bytes).error) << bytes;
  }
}

TEST(RequestParser, AsksForMoreUntilTheHeadIsWhole) {
  const std::string_view bytes = "\r\n" P H "Content-Length: 5\r\nX: y\r\n" E;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Outcome outcome = at_once(bytes.substr(0, size));
    EXPECT_FALSE(outcome.error) << size;
    EXPECT_FALSE(outcome.whole) << size;
  }
}

TEST(RequestParser, HoldsAHeadToItsSize) {
  const HeadLimits limits{.bytes = 100, .fields = 10};
  const auto head_of = [](std::size_t size) {
    std::string bytes = G H "X: ";
    return bytes.append(size - bytes.size() - 4, 'x') + "\r\n\r\n";
  };
  expect_accepted(head_of(100), "GET / @a 1.1 keep", limits);
  expect_accepted(head_of(100) + std::string(500, 'b'), "GET / @a 1.1 keep", limits);
  expect_refused(head_of(101), ErrorCode::header_section_too_large, limits);
  expect_refused(head_of(1000), ErrorCode::header_section_too_large, limits);
  expect_refused(G H "X" + std::string(100, 'x'), ErrorCode::header_section_too_large, limits);

  expect_refused("GET /" + std::string(95, 'x'), ErrorCode::target_too_long, limits);
  expect_refused("GET /" + std::string(95, 'x') + " HTTP/1.1\r\n" H E, ErrorCode::target_too_long, limits);
  expect_refused(std::string(100, 'M'), ErrorCode::bad_request, limits);
  EXPECT_FALSE(byte_by_byte("GET /" + std::string(94, 'x'), limits).outcome.error);
}

TEST(RequestParser, TakesARequestLineOfEightThousandBytes) {
  const std::string target = "/" + std::string(8000 - 14, 'x');
  const Outcome outcome = at_once("GET " + target + " HTTP/1.1\r\n" H E);
  EXPECT_EQ(outcome.found, "GET " + target + " @a 1.1 keep");
}

TEST(RequestParser, HoldsAHeadToItsNumberOfFields) {
  const auto with_fields = [](std::size_t count) {
    std::string bytes = G H;
    for (std::size_t i = 1; i < count; ++i) bytes += "X: y\r\n";
    return bytes + "\r\n";
  };
  expect_accepted(with_fields(5), "GET / @a 1.1 keep", {.fields = 5});
  expect_refused(with_fields(6), ErrorCode::header_section_too_large, {.fields = 5});
  expect_accepted(with_fields(100), "GET / @a 1.1 keep");
  expect_refused(with_fields(101), ErrorCode::header_section_too_large);
  expect_accepted(with_fields(FieldList::kMost), "GET / @a 1.1 keep", {.fields = 1000});
  expect_refused(with_fields(FieldList::kMost + 1), ErrorCode::header_section_too_large, {.fields = 1000});
}

TEST(RequestParser, KnowsTheMethodsByTheirExactNames) {
  const std::pair<std::string, Method> cases[] = {{"GET", Method::get},     {"HEAD", Method::head},      {"POST", Method::post},
                                                  {"PUT", Method::put},     {"DELETE", Method::delete_}, {"OPTIONS", Method::options},
                                                  {"PATCH", Method::other}, {"get", Method::other},      {"Get", Method::other},
                                                  {"GETS", Method::other},  {"HEADX", Method::other}};
  for (const auto& [name, method] : cases) EXPECT_EQ(at_once(name + " / HTTP/1.1\r\n" H E).method, method) << name;
}

// Whoever waits for a first byte is idle, whoever has sent one is slow.
TEST(RequestParser, HasBegunWithTheFirstByteOfARequest) {
  RequestParser parser{HeadLimits{}};
  RequestHead head;
  EXPECT_TRUE(parser.parse(Padded("").view(), head));
  EXPECT_FALSE(parser.has_begun());
  EXPECT_TRUE(parser.parse(Padded("G").view(), head));
  EXPECT_TRUE(parser.has_begun());
}

TEST(RequestParser, HasNotBegunWhereOnlyAnEmptyLineCame) {
  RequestParser parser{HeadLimits{}};
  RequestHead head;
  for (const std::string_view bytes : {"\r"sv, "\r\n"sv}) {
    EXPECT_TRUE(parser.parse(Padded(bytes).view(), head));
    EXPECT_FALSE(parser.has_begun()) << testing::PrintToString(bytes);
  }
  EXPECT_TRUE(parser.parse(Padded("\r\nG").view(), head));
  EXPECT_TRUE(parser.has_begun());
}

struct Forwarding {
  std::string_view fields, forwarded;
};

TEST(RequestParser, ForwardsLinesAsTheyStandWithoutWhatIsThisConnections) {
  const Forwarding cases[] = {
      {H "X-A:1\r\nx-a:   2  \r\n", H "X-A:1\r\nx-a:   2  \r\n"},
      // Hop by hop.
      {"Connection: keep-alive\r\n" H
       "Keep-Alive: 5\r\nProxy-Connection: x\r\nX: 1\r\nProxy-Authenticate: b\r\nTE: trailers\r\nUpgrade: h2c\r\nY: 2\r\n",
       H "X: 1\r\nY: 2\r\n"},
      {H T "X: 1\r\n", H "X: 1\r\n"},
      {H "Content-Length: 5\r\n", H "Content-Length: 5\r\n"},
      // What Connection lists, before and behind it, in any case, every time.
      {H "X-B: 0\r\nConnection: x-a, X-b\r\nX-A: 1\r\nX-C: 2\r\nX-a: 3\r\n", H "X-C: 2\r\n"},
      {H "Connection: x-a\r\nConnection: x-b\r\nX-A: 1\r\nX-B: 2\r\nX-AB: 3\r\n", H "X-AB: 3\r\n"},
      // Nobody can have these removed.
      {"Connection: close, Host, Content-Length, X-Forwarded-For, Authorization, Cookie\r\n" H
       "Content-Length: 5\r\nAuthorization: b\r\nCookie: c\r\n",
       H "Content-Length: 5\r\nAuthorization: b\r\nCookie: c\r\n"},
      {H "Connection: content-type, expect, trailer\r\nContent-Length: 1\r\nContent-Type: t\r\nExpect: 100-continue\r\nTrailer: x\r\n",
       H "Content-Length: 1\r\nContent-Type: t\r\nExpect: 100-continue\r\nTrailer: x\r\n"},
      // What rota says itself.
      {H "X-Forwarded-For: 1\r\nX-Forwarded-Host: 2\r\nX-Forwarded-Proto: 3\r\nX-Forwarded-Port: 4\r\nForwarded: 5\r\nX-Real-IP: "
         "6\r\nX-Request-Id: 7\r\nX-Forwarded: 8\r\n",
       H "X-Forwarded: 8\r\n"},
      // Underscore twins of anything known; others pass.
      {H "X_Forwarded_For: 1\r\nX_Forwarded-For: 2\r\nContent_Length: 3\r\nTransfer_Encoding: chunked\r\nX_Real_IP: 4\r\nx_request_id: "
         "5\r\nset_cookie: 6\r\nmy_field: 7\r\nX_Forwarded: 8\r\n",
       H "my_field: 7\r\nX_Forwarded: 8\r\n"},
      // Expect, where there is nothing to wait for.
      {H "Expect: 100-continue\r\nX: 1\r\n", H "X: 1\r\n"},
      // First, last, all.
      {"TE: x\r\n" H, H},
      {H "TE: x\r\n", H},
  };
  for (const Forwarding& c : cases) {
    std::string bytes = "POST / HTTP/1.1\r\n";
    bytes.append(c.fields).append("\r\nX: body\r\n");
    const Outcome outcome = at_once(bytes);
    ASSERT_TRUE(outcome.whole) << c.fields;
    EXPECT_EQ(outcome.lines, c.forwarded) << c.fields;
    EXPECT_EQ(byte_by_byte(bytes).outcome.lines, c.forwarded) << c.fields;
  }
}

TEST(RequestParser, ForwardsNothingWhereEverythingIsDropped) {
  EXPECT_EQ(at_once("GET / HTTP/1.0\r\nTE: x\r\nUpgrade: y\r\n\r\n").lines, "");
  EXPECT_EQ(at_once("GET / HTTP/1.0\r\n\r\n").lines, "");
}

// Few writes instead of many: neighbours go out as one.
TEST(RequestParser, JoinsNeighbouringLinesToOneRun) {
  const Padded padded(G H "A: 1\r\nTE: x\r\nUpgrade: y\r\nB: 2\r\nC: 3\r\nTE: z\r\n" E "D: 4\r\n");
  RequestParser parser{HeadLimits{}};
  RequestHead head;
  ASSERT_EQ(parser.parse(padded.view(), head), true);
  std::vector<std::string> runs;
  head.fields.for_each_forwarded_run([&runs](std::string_view run) { runs.emplace_back(run); });
  EXPECT_EQ(runs, (std::vector<std::string>{H "A: 1\r\n", "B: 2\r\nC: 3\r\n"}));
}

TEST(RequestParser, GivesNamesAndValuesWithoutTheWhiteSpaceAround) {
  const Padded padded(G H "X-Name:\t some  value \t\r\nEmpty: \r\n" E);
  RequestParser parser{HeadLimits{}};
  RequestHead head;
  ASSERT_EQ(parser.parse(padded.view(), head), true);
  ASSERT_EQ(head.fields.size(), 3u);
  EXPECT_EQ(head.fields.name(head.fields[1]), "X-Name");
  EXPECT_EQ(head.fields.value(head.fields[1]), "some  value");
  EXPECT_EQ(head.fields.value(head.fields[2]), "");
  EXPECT_EQ(head.fields[0].id, FieldId::host);
  EXPECT_EQ(head.fields[1].id, FieldId::other);
}

// One head object serves request after request: nothing of the one before stays in it.
TEST(RequestParser, LeavesNothingOfTheHeadBefore) {
  RequestHead head;
  const Padded first("POST http://b/x?y HTTP/1.0\r\nHost: b\r\nConnection: keep-alive\r\nTE: trailers\r\nContent-Length: 7\r\n" E);
  RequestParser first_parser{HeadLimits{}};
  ASSERT_EQ(first_parser.parse(first.view(), head), true);
  const Padded continued(P H T "Expect: 100-continue\r\n" E);
  RequestParser continued_parser{HeadLimits{}};
  ASSERT_EQ(continued_parser.parse(continued.view(), head), true);
  EXPECT_EQ(found_in(head), "POST / @a 1.1 chunked keep continue");
  const Padded last("GET / HTTP/1.0\r\n" E);
  RequestParser last_parser{HeadLimits{}};
  ASSERT_EQ(last_parser.parse(last.view(), head), true);
  EXPECT_EQ(found_in(head), "GET / @ 1.0");
  EXPECT_EQ(head.fields.size(), 0u);
}

TEST(Method, IsIdempotentWhereItsDefinitionSaysSo) {
  for (const Method method : {Method::get, Method::head, Method::put, Method::delete_, Method::options, Method::trace})
    EXPECT_TRUE(is_idempotent(method));
  for (const Method method : {Method::post, Method::connect, Method::other}) EXPECT_FALSE(is_idempotent(method));
}

#undef G
#undef P
#undef H
#undef T
#undef E

}  // namespace
}  // namespace rota::http
