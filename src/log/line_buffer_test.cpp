#include "log/line_buffer.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/utf8.h"

namespace rota {
namespace {

using namespace std::string_view_literals;

std::string shown(Escape escape, std::string_view value, std::size_t cap = LineBuffer::kUncapped) {
  std::array<char, 256> out;
  LineBuffer line(out, 16);
  line.value(escape, value, {}, cap);
  return std::string(line.text());
}

TEST(LogEscape, ShowsPlainTextAsItIs) {
  for (const Escape escape : {Escape::json, Escape::word, Escape::quoted, Escape::prose})
    EXPECT_EQ(shown(escape, "/a/b?c=d&e=f%20~!*()[]{}<>'`|^;:,.@#$+_-"), "/a/b?c=d&e=f%20~!*()[]{}<>'`|^;:,.@#$+_-");
}

TEST(LogEscape, ShowsEachKindOfHostileByteInItsManner) {
  const std::string_view hostile = " \"\\\n\0\x7f\xff\xc2\x85\xe2\x80\xa8\xe2\x80\xae\xc3\xa9"sv;  // ends with U+0085, U+2028, U+202E, é
  EXPECT_EQ(shown(Escape::json, hostile), R"( \"\\\u000a\u0000\u007f\u00ff\u0085\u2028\u202e)"
                                          "\xc3\xa9");
  EXPECT_EQ(shown(Escape::word, hostile), R"(\x20\x22\x5c\x0a\x00\x7f\xff\xc2\x85\xe2\x80\xa8\xe2\x80\xae\xc3\xa9)");
  EXPECT_EQ(shown(Escape::quoted, hostile), R"( \x22\x5c\x0a\x00\x7f\xff\xc2\x85\xe2\x80\xa8\xe2\x80\xae\xc3\xa9)");
  EXPECT_EQ(shown(Escape::prose, hostile), R"( "\\x0a\x00\x7f\xff\xc2\x85\xe2\x80\xa8\xe2\x80\xae)"
                                           "\xc3\xa9");
}

// The look at a whole value for JSON takes sixteen bytes at a time, and short ones in other ways: each byte, at each place of each size.
TEST(LogEscape, FindsEveryByteAtEveryPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool plain = byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
    for (std::size_t size = 1; size < 50; ++size) {
      for (std::size_t place = 0; place < size; ++place) {
        std::string value(size, 'a');
        value[place] = c;
        ASSERT_EQ(is_plain(Escape::json, value), plain) << byte << " at " << place << " of " << size;
        ASSERT_EQ(plain_run(Escape::json, value), plain ? size : place) << byte;
      }
    }
  }
}

TEST(LogLineBuffer, WritesNumbersAsTheyAre) {
  for (const std::uint64_t number : {0UL, 9UL, 10UL, 99UL, 100UL, 999UL, 1000UL, 4294967296UL, 18446744073709551615UL}) {
    std::array<char, 64> out;
    LineBuffer line(out, 40);
    line.number(number);
    EXPECT_EQ(line.text(), std::to_string(number));
  }
  std::array<char, 64> out;
  LineBuffer line(out, 40);
  line.digits<1>(7);
  line.digits<2>(7);
  line.digits<3>(42);
  line.digits<6>(123);
  line.digits<4>(9876);
  EXPECT_EQ(line.text(), "7070420001239876");
}

TEST(LogUtf8, KnowsWhatIsNone) {
  for (const std::string_view wrong : {"\x80"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xc2"sv, "\xc2\x41"sv, "\xe0\x9f\xbf"sv, "\xe2\x82"sv,
                                       "\xed\xa0\x80"sv, "\xf0\x8f\xbf\xbf"sv, "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xff"sv})
    EXPECT_EQ(decode_utf8(wrong).size, 0u);
  EXPECT_EQ(decode_utf8("\xc2\x80"sv).value, 0x80u);
  EXPECT_EQ(decode_utf8("\xe0\xa0\x80"sv).value, 0x800u);
  EXPECT_EQ(decode_utf8("\xef\xbf\xbf"sv).value, 0xffffu);
  EXPECT_EQ(decode_utf8("\xf0\x90\x80\x80"sv).value, 0x10000u);
  EXPECT_EQ(decode_utf8("\xf4\x8f\xbf\xbf"sv).value, 0x10ffffu);
}

TEST(LogLineBuffer, CutsAValueBetweenItsCharactersAndSaysSo) {
  EXPECT_EQ(shown(Escape::json, "abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(shown(Escape::json, "abcdefghi", 8), "abcde…");
  EXPECT_EQ(shown(Escape::json, "ab\ncd", 8), "ab…");  // the escape would fit, but not what follows
  EXPECT_EQ(shown(Escape::json, "ab\n", 8), "ab\\u000a");
  EXPECT_EQ(shown(Escape::json, "ab\xc3\xa9\xc3\xa9\xc3\xa9", 8), "ab\xc3\xa9\xc3\xa9\xc3\xa9");
  EXPECT_EQ(shown(Escape::json, "ab\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 8), "ab\xc3\xa9…");
  EXPECT_EQ(shown(Escape::json, "abcd", 0), "…") << "there is always room for the mark";
}

TEST(LogLineBuffer, LetsValuesShareWhatTheFixedBytesLeave) {
  std::array<char, 32> out;
  LineBuffer line(out, 12);
  line.value(Escape::json, "0123456789", "0123456");
  EXPECT_EQ(line.left(), 3u);
  line.raw(",");
  line.value(Escape::json, "abcd");
  line.raw(",");
  line.value(Escape::json, "abcd");
  line.raw(",");
  line.number(1234);
  EXPECT_EQ(line.text(), "01234567890123456,…,…,1234");
}

}  // namespace
}  // namespace rota
