#include "http/chunked.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "http/padded.h"

namespace rota::http {
namespace {

using namespace std::string_view_literals;
using Side = ChunkedDecoder::Side;

struct Decoded {
  std::optional<Error> error = {};
  bool done = false;
  std::string payload = {};
  std::string rest = {};      // came and was not used
  std::string trailers = {};  // those that are forwarded
  std::size_t dropped = 0;

  friend bool operator==(const Decoded&, const Decoded&) = default;
};

void note_trailers(const ChunkedDecoder& decoder, Decoded& decoded) {
  decoder.trailers().for_each_forwarded_run([&decoded](std::string_view lines) { decoded.trailers += lines; });
  for (const Field& field : decoder.trailers()) decoded.dropped += field.dropped ? 1 : 0;
}

// As a connection would: hands in what is left of before and what came, piece after piece, each time in other memory.
class Feed {
 public:
  explicit Feed(Side side, const HeadLimits& limits = {}) : decoder_(side, limits) {}

  // False: it is over, in one way or the other.
  bool more(std::string_view piece) {
    decoded_.rest += piece;
    Padded padded(decoded_.rest);
    const auto step = decoder_.decode(padded.bytes());
    if (!step) {
      decoded_.error = step.error();
      return false;
    }
    EXPECT_LE(step->payload, step->used);
    EXPECT_LE(step->used, decoded_.rest.size());
    decoded_.payload += padded.view().substr(0, step->payload);
    decoded_.rest.erase(0, step->used);
    decoded_.done = decoder_.is_done();
    if (decoded_.done) note_trailers(decoder_, decoded_);
    return !decoded_.done;
  }
  Decoded& result() { return decoded_; }

 private:
  ChunkedDecoder decoder_;
  Decoded decoded_;
};

Decoded at_once(std::string_view bytes, Side side = Side::request, const HeadLimits& limits = {}) {
  Feed feed(side, limits);
  feed.more(bytes);
  return feed.result();
}

Decoded in_pieces(std::string_view bytes, std::size_t piece, Side side = Side::request, const HeadLimits& limits = {}) {
  Feed feed(side, limits);
  while (!bytes.empty() && feed.more(bytes.substr(0, piece))) bytes.remove_prefix(std::min(piece, bytes.size()));
  if (feed.result().done && bytes.size() > piece) feed.result().rest += bytes.substr(piece);
  return feed.result();
}

struct Valid {
  std::string_view bytes, payload, trailers, rest;
};

constexpr Valid kValid[] = {
    {"0\r\n\r\n", "", "", ""},
    {"000\r\n\r\n", "", "", ""},
    {"5\r\nhello\r\n0\r\n\r\n", "hello", "", ""},
    {"000000000000005\r\nhello\r\n0\r\n\r\n", "hello", "", ""},
    {"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", "", ""},
    {"1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n", "abcdef", "", ""},
    {"4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n", "", ""},
    {"5;a\r\nhello\r\n0;b\r\n\r\n", "hello", "", ""},
    {"5;a=b\r\nhello\r\n0\r\n\r\n", "hello", "", ""},
    {"5;a=b;c;d=\"e f\t;=\\\"\\\\ \xe9\"\r\nhello\r\n0\r\n\r\n", "hello", "", ""},
    {"5;a=\"\"\r\nhello\r\n0\r\n\r\n", "hello", "", ""},
    {"1\r\nx\r\n0\r\nX-Sum: 7\r\n\r\n", "x", "X-Sum: 7\r\n", ""},
    {"1\r\nx\r\n0\r\nA: 1\r\nHost: b\r\nB:2\r\n\r\n", "x", "A: 1\r\nB:2\r\n", ""},
    // It looks like a request; it is one trailer.
    {"0\r\nX:POST / HTTP/1.1\r\n\r\n", "", "X:POST / HTTP/1.1\r\n", ""},
    // What is behind is another message's.
    {"1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n", "x", "", "GET / HTTP/1.1\r\n"},
    {"1\r\nx\r\n0\r\nA: 1\r\n\r\n0\r\n\r\n", "x", "A: 1\r\n", "0\r\n\r\n"},
};

TEST(Chunked, DecodesABodyAndLeavesWhatIsBehindIt) {
  for (const Valid& c : kValid) {
    const Decoded decoded = at_once(c.bytes);
    ASSERT_FALSE(decoded.error) << c.bytes;
    EXPECT_TRUE(decoded.done) << c.bytes;
    EXPECT_EQ(decoded.payload, c.payload) << c.bytes;
    EXPECT_EQ(decoded.trailers, c.trailers) << c.bytes;
    EXPECT_EQ(decoded.rest, c.rest) << c.bytes;
  }
}

TEST(Chunked, DecodesTheSameHoweverTheBytesAreSplit) {
  for (const Valid& c : kValid) {
    const Decoded whole = at_once(c.bytes);
    for (const std::size_t piece : {1, 2, 3, 7}) EXPECT_EQ(in_pieces(c.bytes, piece), whole) << c.bytes << " in pieces of " << piece;
    for (std::size_t split = 0; split <= c.bytes.size(); ++split) {
      Feed feed(Side::response);
      const bool open = feed.more(c.bytes.substr(0, split));
      if (open) feed.more(c.bytes.substr(split));
      if (!open) feed.result().rest += c.bytes.substr(split);
      EXPECT_EQ(feed.result(), whole) << c.bytes << " split at " << split;
    }
  }
}

TEST(Chunked, IsNotDoneBeforeItsLastByte) {
  for (const Valid& c : kValid) {
    const std::size_t end = c.bytes.size() - c.rest.size();
    for (std::size_t size = 0; size < end; ++size) {
      const Decoded decoded = at_once(c.bytes.substr(0, size));
      EXPECT_FALSE(decoded.error) << c.bytes << " up to " << size;
      EXPECT_FALSE(decoded.done) << c.bytes << " up to " << size;
    }
    EXPECT_TRUE(at_once(c.bytes.substr(0, end)).done) << c.bytes;
  }
}

TEST(Chunked, ReadsNothingMoreOnceItIsDone) {
  ChunkedDecoder decoder(Side::request, {});
  Padded body("0\r\n\r\n");
  ASSERT_TRUE(decoder.decode(body.bytes()));
  Padded next("5\r\nhello");
  const auto step = decoder.decode(next.bytes());
  ASSERT_TRUE(step);
  EXPECT_EQ(step->used, 0u);
  EXPECT_EQ(step->payload, 0u);
}

constexpr std::string_view kMalformed[] = {
    // Sizes that are not 1*HEXDIG.
    "0x5\r\nhello\r\n", "+5\r\nhello\r\n", "-1\r\nhello\r\n", "1_0\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n", "5\t\r\nhello\r\n",
    "\t5\r\n", "g\r\n", "5h\r\n", "5,5\r\n", "\xb5\r\n", "5\0\r\n"sv, "INVALID\r\nGET / HTTP/1.1\r\n",
    // Too large to be counted by everybody.
    "FFFFFFFFFFFFFFFFF\r\n", "ffffffffffffffff\r\n", "1000000000000000\r\n", "0000000000000005\r\nhello\r\n",
    // An empty size line.
    "\r\n", "\r\nhello\r\n", "5\r\nhello\r\n\r\n", ";a\r\n",
    // Data longer than it says, or not followed by its CRLF.
    "5\r\nhelloXX\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhello\r0\r\n\r\n", "5\r\nhello\rX", "5\r\nhell\r\n0\r\n\r\n",
    // A bare LF.
    "5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "0\n\n", "0\r\n\n", "0\n\r\n", "0\r\nA: 1\n\r\n", "5;a\nhello", "\n",
    // A bare CR.
    "5\r\r;x\r\n", "5\rX\r\nhello", "5\r\r\nhello", "0\r\n\rX", "0\r\n\r\r\n", "0\r\nA: 1\rB: 2\r\n\r\n",
    // Extensions that are none.
    "5;\r\nhello\r\n", "5;\nhello", "5;a\0b\r\n"sv, "5;[=1\r\n", "5; a\r\n", "5;a =b\r\n", "5;a= b\r\n", "5;a=\r\n", "5;=b\r\n",
    "5;a=b c\r\n", "5;a=b\r\rX", "5;a;;b\r\n", "5;a=\"b\r\n0\r\n\r\n", "5;a=\"0\r\n\r\n\"\r\n", "5;a=\"b\"c\r\n", "5;a=\"b\n\"\r\n",
    "5;a=\"\\\r\n\"\r\n", "5;a=\"\x7f\"\r\n", "5;a=\"\0\"\r\n"sv, "5;a=\xe9\r\n",
    // Trailers that are no fields.
    "0\r\nbad name: x\r\n\r\n", "0\r\nX : x\r\n\r\n", "0\r\n: x\r\n\r\n", "0\r\nnothing\r\n\r\n", "0\r\nX: a\0b\r\n\r\n"sv,
    "0\r\nX: a\r\n folded\r\n\r\n", "0\r\n X: a\r\n\r\n", "0\r\nGET / HTTP/1.1\r\n\r\n"};

TEST(Chunked, RefusesEveryFrameThatIsNotExactlyTheGrammar) {
  for (const std::string_view bytes : kMalformed) {
    const Decoded whole = at_once(bytes);
    ASSERT_TRUE(whole.error) << testing::PrintToString(bytes);
    EXPECT_EQ(*whole.error, (Error{.code = ErrorCode::bad_request, .blame = Blame::client})) << testing::PrintToString(bytes);
    const Decoded grown = in_pieces(bytes, 1);
    ASSERT_TRUE(grown.error) << testing::PrintToString(bytes);
    EXPECT_EQ(*grown.error, *whole.error) << testing::PrintToString(bytes);
    const Decoded response = in_pieces(bytes, 2, Side::response);
    ASSERT_TRUE(response.error) << testing::PrintToString(bytes);
    EXPECT_EQ(*response.error, (Error{.code = ErrorCode::response_malformed, .blame = Blame::upstream})) << testing::PrintToString(bytes);
  }
}

TEST(Chunked, RefusesAtTheByteThatIsWrong) {
  for (const std::string_view prefix : {"x"sv, "+"sv, " "sv, "\n"sv, "5 "sv, "5\n"sv, "5\rX"sv, "5;\r"sv, "5;a\n"sv, "1\r\nab"sv,
                                        "1\r\na\n"sv, "0\r\n "sv, "0\r\nX "sv, "0\r\nX: \x01"sv, "0\r\n\n"sv, "0\r\n\rX"sv}) {
    EXPECT_FALSE(at_once(prefix.substr(0, prefix.size() - 1)).error) << testing::PrintToString(prefix);
    EXPECT_TRUE(at_once(prefix).error) << testing::PrintToString(prefix);
  }
}

TEST(Chunked, TakesAChunkOfTheLargestSizeThatFits) {
  Feed feed(Side::request);
  EXPECT_TRUE(feed.more("fffffffffffffff\r\n"));
  EXPECT_TRUE(feed.more("abc"));
  EXPECT_EQ(feed.result().payload, "abc");
}

TEST(Chunked, DropsTrailersThatFrameRouteOrAuthenticate) {
  const std::string_view names[] = {"Content-Length",
                                    "transfer-encoding",
                                    "HOST",
                                    "Authorization",
                                    "Content-Type",
                                    "Connection",
                                    "TE",
                                    "Trailer",
                                    "Cookie",
                                    "Set-Cookie",
                                    "Expect",
                                    "Upgrade",
                                    "X-Forwarded-For",
                                    "X-Request-Id",
                                    "Content_Length"};
  std::string bytes = "0\r\nX-First: 1\r\n";
  for (const std::string_view name : names) bytes.append(name).append(": 5\r\n");
  bytes += "X-Last: 2\r\n\r\n";
  const Decoded decoded = in_pieces(bytes, 5);
  ASSERT_FALSE(decoded.error);
  EXPECT_EQ(decoded.trailers, "X-First: 1\r\nX-Last: 2\r\n");
  EXPECT_EQ(decoded.dropped, std::size(names));
}

TEST(Chunked, HoldsTrailersToTheLimitsOfAHead) {
  const HeadLimits limits{.bytes = 64, .fields = 3};
  const std::string fits = "0\r\nX: " + std::string(64 - 7, 'a') + "\r\n\r\n";  // 3 + ... + 4 bytes of section
  EXPECT_FALSE(at_once(fits, Side::request, limits).error);
  const std::string longer = "0\r\nX: " + std::string(64 - 6, 'a') + "\r\n\r\n";
  const std::string three = "0\r\nA:1\r\nA:2\r\nA:3\r\n";
  EXPECT_TRUE(at_once(three + "\r\n", Side::request, limits).done);
  for (const std::string& bytes : {longer, three + "A:4\r\n\r\n", "0\r\nX: " + std::string(1000, 'a')}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{10}, bytes.size()}) {
      const Decoded request = in_pieces(bytes, piece, Side::request, limits);
      ASSERT_TRUE(request.error) << bytes;
      EXPECT_EQ(*request.error, (Error{.code = ErrorCode::header_section_too_large, .blame = Blame::client})) << bytes;
      const Decoded response = in_pieces(bytes, piece, Side::response, limits);
      ASSERT_TRUE(response.error) << bytes;
      EXPECT_EQ(*response.error, (Error{.code = ErrorCode::response_head_too_large, .blame = Blame::upstream})) << bytes;
    }
  }
}

std::string one_byte_chunks(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += "1\r\nx\r\n";
  return bytes + "0\r\n\r\n";
}

TEST(Chunked, HoldsARequestToAnOverheadBudgetButNotAResponse) {
  EXPECT_EQ(at_once(one_byte_chunks(60'000)).payload.size(), 60'000u);
  const std::string many = one_byte_chunks(70'000);
  for (const std::size_t piece : {std::size_t{4096}, many.size()}) {
    const Decoded decoded = in_pieces(many, piece);
    ASSERT_TRUE(decoded.error);
    EXPECT_EQ(decoded.error->code, ErrorCode::bad_request);
    EXPECT_EQ(in_pieces(many, piece, Side::response).payload.size(), 70'000u);
  }
}

TEST(Chunked, LetsLargeChunksGoOnForever) {
  Feed feed(Side::request);
  const std::string chunk = "400\r\n" + std::string(1024, 'x') + "\r\n";
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(feed.more(chunk)) << i;
}

TEST(Chunked, HoldsTheExtensionsOfABodyToABudgetOnBothSides) {
  const auto with_extension = [](std::size_t size) { return "1;" + std::string(size, 'e') + "\r\nx\r\n"; };
  for (const Side side : {Side::request, Side::response}) {
    EXPECT_TRUE(at_once(with_extension(16'000) + "0\r\n\r\n", side).done);
    EXPECT_TRUE(at_once(with_extension(17'000), side).error);
    EXPECT_TRUE(at_once(with_extension(65'536), side).error);
    Feed feed(side);
    for (int i = 0; i < 16; ++i) ASSERT_TRUE(feed.more(with_extension(1000))) << i;
    EXPECT_FALSE(feed.more(with_extension(1000)));  // the sum counts
  }
}

TEST(ChunkFrame, IsTheSizeInHexadecimalWithItsCrlf) {
  const std::pair<std::uint64_t, std::string_view> cases[] = {{0, "0\r\n"},
                                                              {1, "1\r\n"},
                                                              {15, "f\r\n"},
                                                              {16, "10\r\n"},
                                                              {0xabcdef, "abcdef\r\n"},
                                                              {1ULL << 60, "1000000000000000\r\n"},
                                                              {UINT64_MAX, "ffffffffffffffff\r\n"}};
  for (const auto& [size, text] : cases) {
    ChunkFrame frame;
    EXPECT_EQ(frame.make(size), text);
  };
}

TEST(ChunkFrame, IsReadBackByTheDecoder) {
  for (std::size_t size = 1; size < 5000; size += 123) {
    const std::string data(size, '\n');
    ChunkFrame frame;
    std::string bytes(frame.make(size));
    bytes.append(data).append("\r\n").append(frame.make(0)).append("\r\n");
    const Decoded decoded = at_once(bytes);
    EXPECT_TRUE(decoded.done) << size;
    EXPECT_EQ(decoded.payload, data) << size;
  }
}

}  // namespace
}  // namespace rota::http
