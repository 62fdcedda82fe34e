#include "http/response_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "http/padded.h"
#include "http/response_parser.h"

namespace rota::http {
namespace {

std::string written(std::string_view bytes, const ResponseManner& manner) {
  const Padded padded(bytes);
  ResponseParser parser({}, Method::get);
  ResponseHead head;
  const Result<bool> whole = parser.parse(padded.view(), head);
  EXPECT_TRUE(whole && *whole) << bytes;
  if (!whole || !*whole) return {};
  std::string out(bytes.size() + 100, '#');
  TextWriter writer(out);
  write_response_head(head, manner, writer);
  out.resize(writer.size());
  return out;
}

TEST(ResponseWriter, WritesTheInstancesLinesAsTheyStand) {
  EXPECT_EQ(written("HTTP/1.1 404 Not  here\r\nServer: x\r\ncontent-length:5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n", {}),
            "HTTP/1.1 404 Not  here\r\nServer: x\r\ncontent-length:5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n");
  EXPECT_EQ(written("HTTP/1.0 200 \r\n\r\n", {}), "HTTP/1.1 200 \r\n\r\n");
}

TEST(ResponseWriter, LeavesOutWhatIsBetweenRotaAndTheInstance) {
  EXPECT_EQ(written("HTTP/1.1 200 OK\r\nConnection: close, X\r\nX: 1\r\nKeep-Alive: 5\r\nTransfer-Encoding: chunked\r\nY: 2\r\n\r\n", {}),
            "HTTP/1.1 200 OK\r\nY: 2\r\n\r\n");
}

TEST(ResponseWriter, FramesForTheClient) {
  const std::string_view chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n";
  EXPECT_EQ(written(chunked, {.framing = ClientFraming::chunked}), "HTTP/1.1 200 OK\r\nX: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(written(chunked, {.framing = ClientFraming::until_close, .close = true}),
            "HTTP/1.1 200 OK\r\nX: 1\r\nConnection: close\r\n\r\n");
}

TEST(ResponseWriter, SaysWhetherTheConnectionStays) {
  const std::string_view bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
  EXPECT_EQ(written(bytes, {}), head + "\r\n");
  EXPECT_EQ(written(bytes, {.close = true}), head + "Connection: close\r\n\r\n");
  EXPECT_EQ(written(bytes, {.say_keep_alive = true}), head + "Connection: keep-alive\r\n\r\n");
  EXPECT_EQ(written(bytes, {.close = true, .say_keep_alive = true}), head + "Connection: close\r\n\r\n");
}

}  // namespace
}  // namespace rota::http
