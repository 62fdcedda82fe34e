#include "http/upgrade.h"

#include <gtest/gtest.h>

#include <string>

#include "http/padded.h"
#include "http/request_parser.h"
#include "http/request_writer.h"
#include "http/response_parser.h"

namespace rota::http {
namespace {

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define V13 "Sec-WebSocket-Version: 13\r\n"
#define WS "Connection: Upgrade\r\nUpgrade: websocket\r\n"

struct Case {
  std::string_view why;
  std::string_view line;
  std::string_view lines;
  std::string_view asked;  // empty: the request goes on as if it had asked for nothing
};

constexpr std::string_view kGet = "GET /chat HTTP/1.1\r\n";

const Case kCases[] = {
    {"a WebSocket handshake", kGet, WS KEY V13, "websocket"},
    {"any case, among other options", kGet, "connection: keep-alive, UPGRADE\r\nupgrade: WebSocket\r\n" KEY V13, "WebSocket"},
    {"another protocol", kGet, "Connection: upgrade\r\nUpgrade: foo/1.2\r\n", "foo/1.2"},
    {"another method", "OPTIONS /x HTTP/1.1\r\n", "Connection: upgrade\r\nUpgrade: TLS/1.0\r\n", "TLS/1.0"},
    {"Connection does not say so", kGet, "Upgrade: websocket\r\n" KEY V13, ""},
    {"Upgrade does not say what", kGet, "Connection: upgrade\r\n" KEY V13, ""},
    {"over HTTP/1.0", "GET /chat HTTP/1.0\r\n", WS KEY V13, ""},
    {"HTTP/2", kGet, "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n", ""},
    {"HTTP/2 by its other name", kGet, "Connection: Upgrade\r\nUpgrade: H2\r\n", ""},
    {"HTTP itself", kGet, "Connection: Upgrade\r\nUpgrade: HTTP/2.0\r\n", ""},
    {"several protocols", kGet, "Connection: Upgrade\r\nUpgrade: websocket, foo\r\n" KEY V13, ""},
    {"several lines", kGet, WS "Upgrade: foo\r\n" KEY V13, ""},
    {"no protocol", kGet, "Connection: Upgrade\r\nUpgrade: web socket\r\n" KEY V13, ""},
    {"a protocol without a name", kGet, "Connection: Upgrade\r\nUpgrade: /1\r\n", ""},
    {"a protocol with an empty version", kGet, "Connection: Upgrade\r\nUpgrade: foo/\r\n", ""},
    {"a WebSocket by POST", "POST /chat HTTP/1.1\r\n", WS KEY V13, ""},
    {"with a body", "POST /x HTTP/1.1\r\n", "Connection: Upgrade\r\nUpgrade: foo\r\nContent-Length: 1\r\n", ""},
    {"with an empty body", "POST /x HTTP/1.1\r\n", "Connection: Upgrade\r\nUpgrade: foo\r\nContent-Length: 0\r\n", ""},
    {"with chunks", "POST /x HTTP/1.1\r\n", "Connection: Upgrade\r\nUpgrade: foo\r\nTransfer-Encoding: chunked\r\n", ""},
    {"no version", kGet, WS KEY, ""},
    {"another version", kGet, WS KEY "Sec-WebSocket-Version: 8\r\n", ""},
    {"two versions", kGet, WS KEY V13 V13, ""},
    {"no key", kGet, WS V13, ""},
    {"two keys", kGet, WS KEY KEY V13, ""},
    {"a short key", kGet, WS "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n" V13, ""},
    {"a key that is no base64", kGet, WS "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==\r\n" V13, ""},
};

TEST(Upgrade, PassesOnWhereItIsAskedForClearlyAndNowhereElse) {
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.why);
    const std::string text = std::string(one.line) + "Host: a\r\n" + std::string(one.lines) + "\r\n";
    const Padded padded(text);
    RequestHead head;
    RequestParser parser({});
    ASSERT_EQ(parser.parse(padded.view(), head), true);
    EXPECT_EQ(head.upgrade, one.asked);

    std::string room(text.size() + kForwardedGrowth, '#');
    TextWriter out(room);
    write_request_head(head, {.client = "1.2.3.4", .scheme = Scheme::http, .request_id = "id"}, out);
    const std::string_view written(room.data(), out.size());
    const std::string lines = "Connection: upgrade\r\nUpgrade: " + std::string(one.asked) + "\r\n";
    EXPECT_EQ(written.find(lines) != std::string_view::npos, !one.asked.empty()) << written;
    EXPECT_EQ(written.find("Upgrade: ") != std::string_view::npos, !one.asked.empty()) << written;
  }
}

std::string_view switched_to(std::string_view text, std::string& kept) {
  const Padded padded(text);
  ResponseHead head;
  ResponseParser parser({}, Method::get);
  EXPECT_EQ(parser.parse(padded.view(), head), true) << text;
  return kept = head.upgrade;
}

TEST(Upgrade, OfAnAnswerIsWhatA101SwitchesTo) {
  constexpr std::string_view k101 = "HTTP/1.1 101 Switching Protocols\r\n";
  const auto answer = [](std::string_view line, std::string_view lines) { return std::string(line) + std::string(lines) + "\r\n"; };
  std::string kept;
  EXPECT_EQ(switched_to(answer(k101, "Upgrade: WebSocket\r\nConnection: Upgrade\r\n"), kept), "WebSocket");
  EXPECT_EQ(switched_to(answer(k101, "Upgrade: websocket\r\n"), kept), "");
  EXPECT_EQ(switched_to(answer(k101, "Connection: Upgrade\r\n"), kept), "");
  EXPECT_EQ(switched_to(answer(k101, "Upgrade: a, b\r\nConnection: Upgrade\r\n"), kept), "");
  EXPECT_EQ(switched_to(answer(k101, "Upgrade: a\r\nUpgrade: b\r\nConnection: Upgrade\r\n"), kept), "");
  EXPECT_EQ(switched_to(answer("HTTP/1.1 426 Upgrade Required\r\n", "Upgrade: TLS/1.0\r\nConnection: Upgrade\r\n"), kept), "");
}

}  // namespace
}  // namespace rota::http
