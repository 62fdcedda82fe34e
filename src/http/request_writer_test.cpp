#include "http/request_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "http/padded.h"
#include "http/request_parser.h"

namespace rota::http {
namespace {

constexpr ForwardedFields kForwarded{.client = "192.0.2.1", .scheme = Scheme::http, .request_id = "0198"};

std::string written(std::string_view bytes) {
  const Padded padded(bytes);
  RequestParser parser{HeadLimits{}};
  RequestHead head;
  const Result<bool> whole = parser.parse(padded.view(), head);
  EXPECT_TRUE(whole && *whole) << bytes;
  if (!whole || !*whole) return {};
  std::string out(bytes.size() + kForwardedGrowth, '#');
  TextWriter writer(out);
  write_request_head(head, kForwarded, writer);
  out.resize(writer.size());
  return out;
}

std::string own_lines(std::string_view host) {
  return std::string("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: ")
      .append(host)
      .append("\r\nX-Forwarded-Proto: http\r\nX-Request-Id: 0198\r\n\r\n");
}

TEST(RequestWriter, WritesTheClientsLinesAndItsOwn) {
  EXPECT_EQ(written("GET /a?b HTTP/1.1\r\nHost: a\r\nx-Y:  z \r\n\r\n"), "GET /a?b HTTP/1.1\r\nHost: a\r\nx-Y:  z \r\n" + own_lines("a"));
}

TEST(RequestWriter, LeavesOutWhatIsDropped) {
  EXPECT_EQ(written("GET / HTTP/1.1\r\nConnection: close, x\r\nHost: a\r\nX: 1\r\nX-Forwarded-For: 6.6.6.6\r\nX_Forwarded_For: "
                    "6.6.6.6\r\nY: 2\r\n\r\n"),
            "GET / HTTP/1.1\r\nHost: a\r\nY: 2\r\n" + own_lines("a"));
}

TEST(RequestWriter, FramesTheBodyAsTheClientDid) {
  EXPECT_EQ(written("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: CHUNKED\r\nX: 1\r\n\r\n"),
            "POST / HTTP/1.1\r\nHost: a\r\nX: 1\r\nTransfer-Encoding: chunked\r\n" + own_lines("a"));
  EXPECT_EQ(written("POST / HTTP/1.1\r\nHost: a\r\ncontent-length:7\r\n\r\n"),
            "POST / HTTP/1.1\r\nHost: a\r\ncontent-length:7\r\n" + own_lines("a"));
}

TEST(RequestWriter, SaysThatTrailersAreWelcomeAsItsOwnWord) {
  EXPECT_EQ(written("GET / HTTP/1.1\r\nTE: trailers, gzip\r\nHost: a\r\n\r\n"),
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: TE\r\nTE: trailers\r\n" + own_lines("a"));
}

TEST(RequestWriter, SpeaksTheNewVersionForAnOldClient) {
  EXPECT_EQ(written("GET / HTTP/1.0\r\nHost: a\r\n\r\n"), "GET / HTTP/1.1\r\nHost: a\r\n" + own_lines("a"));
  EXPECT_EQ(written("GET / HTTP/1.0\r\nX: 1\r\n\r\n"), "GET / HTTP/1.1\r\nHost: \r\nX: 1\r\n" + own_lines(""));
}

TEST(RequestWriter, MakesAnAbsoluteTargetAPathAndAHost) {
  EXPECT_EQ(written("GET http://b:80/x?y HTTP/1.1\r\nHost: b:80\r\n\r\n"), "GET /x?y HTTP/1.1\r\nHost: b:80\r\n" + own_lines("b:80"));
  EXPECT_EQ(written("GET http://b?y HTTP/1.0\r\n\r\n"), "GET /?y HTTP/1.1\r\nHost: b\r\n" + own_lines("b"));
}

TEST(RequestWriter, SendsAStarOnAsItIs) {
  EXPECT_EQ(written("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), "OPTIONS * HTTP/1.1\r\nHost: a\r\n" + own_lines("a"));
}

// The room that is promised for what rota adds is enough where everything is as long as it can be.
TEST(RequestWriter, GrowsByLessThanItPromises) {
  const std::string host(255, 'h');
  const std::string bytes = "A http://" + host + " HTTP/1.0\r\nTE:trailers\r\n\r\n";
  const Padded padded(bytes);
  RequestParser parser{HeadLimits{}};
  RequestHead head;
  ASSERT_EQ(parser.parse(padded.view(), head), true);
  head.body.framing = Framing::chunked;
  const std::string client(46, 'c');
  const std::string id(36, 'i');
  std::string out(bytes.size() + kForwardedGrowth, '#');
  TextWriter writer(out);
  write_request_head(head, {.client = client, .scheme = Scheme::https, .request_id = id}, writer);
  EXPECT_LT(writer.size(), bytes.size() + kForwardedGrowth);
}

TEST(TextWriterDeathTest, EndsTheProcessWhereTheRoomIsTooSmall) {
  char room[4];
  TextWriter writer(room);
  writer.append("1234");
  EXPECT_EQ(writer.size(), 4u);
  EXPECT_DEATH(writer.append("5"), "");
}

}  // namespace
}  // namespace rota::http
