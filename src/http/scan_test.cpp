#include "http/scan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/padded.h"
#include "http/text.h"

namespace rota::http {
namespace {

// What RFC 9110 says, byte by byte and without a table.
bool is_tchar(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (c != 0 && std::string_view{"!#$%&'*+-.^_`|~"}.find(static_cast<char>(c)) != std::string_view::npos);
}
bool is_common(unsigned char c) {
  return is_tchar(c) && (c == '-' || c >= 0x80 || std::string_view{"!#$%&'*+.^_`|~"}.find(static_cast<char>(c)) == std::string_view::npos);
}
bool is_field_value(unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); }

constexpr std::size_t kLongest = 41;
const char kSlacks[] = {'a', '\n', ':'};

TEST(Scan, FindsTheEndOfATokenAsAByteForByteReaderDoes) {
  for (std::size_t size = 0; size <= kLongest; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'q');
        text[at] = static_cast<char>(byte);
        const Padded padded(text, kSlacks[byte % 3]);
        const char* const begin = padded.view().data();
        bool uncommon = false;
        const auto found = static_cast<std::size_t>(token_end(begin, begin + size, uncommon) - begin);
        const auto value = static_cast<unsigned char>(byte);
        ASSERT_EQ(found, is_tchar(value) ? size : at) << "byte " << byte << " at " << at << " of " << size;
        ASSERT_EQ(uncommon, is_tchar(value) && !is_common(value)) << "byte " << byte << " at " << at << " of " << size;
      }
    }
  }
}

TEST(Scan, FindsTheEndOfAValueAsAByteForByteReaderDoes) {
  for (std::size_t size = 0; size <= kLongest; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, ' ');
        text[at] = static_cast<char>(byte);
        const Padded padded(text, kSlacks[byte % 3]);
        const char* const begin = padded.view().data();
        const auto found = static_cast<std::size_t>(value_end(begin, begin + size) - begin);
        ASSERT_EQ(found, is_field_value(static_cast<unsigned char>(byte)) ? size : at) << "byte " << byte << " at " << at << " of " << size;
      }
    }
  }
}

TEST(Scan, FindsTheEndOfAPlainPathAsAByteForByteReaderDoes) {
  for (std::size_t size = 0; size <= kLongest; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, '/');
        text[at] = static_cast<char>(byte);
        const Padded padded(text, kSlacks[byte % 3]);
        const char* const begin = padded.view().data();
        const auto found = static_cast<std::size_t>(plain_path_end(begin, begin + size) - begin);
        const auto value = static_cast<unsigned char>(byte);
        const bool plain = value == '/' || value == '_' || (is_common(value) && is_tchar(value));
        ASSERT_EQ(found, plain ? size : at) << "byte " << byte << " at " << at << " of " << size;
      }
    }
  }
}

// The bytes before a stop are not looked at again: every kind of neighbour, seeded.
TEST(Scan, FindsTheFirstStopAmongMixedBytes) {
  std::uint32_t state = 12345;
  for (int round = 0; round < 20'000; ++round) {
    std::string text(static_cast<std::size_t>(round % 50), 0);
    for (char& c : text) {
      state = state * 1664525 + 1013904223;
      const auto wild = static_cast<unsigned char>(state >> 24);
      c = (state >> 8) % 16 == 0 ? static_cast<char>(wild) : "aZ9-_~. "[(state >> 12) % 7];
    }
    const Padded padded(text);
    const char* const begin = padded.view().data();
    std::size_t token = 0;
    while (token < text.size() && is_tchar(static_cast<unsigned char>(text[token]))) ++token;
    std::size_t value = 0;
    while (value < text.size() && is_field_value(static_cast<unsigned char>(text[value]))) ++value;
    bool uncommon = false;
    ASSERT_EQ(static_cast<std::size_t>(token_end(begin, begin + text.size(), uncommon) - begin), token) << testing::PrintToString(text);
    ASSERT_EQ(static_cast<std::size_t>(value_end(begin, begin + text.size()) - begin), value) << testing::PrintToString(text);
  }
}

TEST(Scan, KnowsTokenCharactersByTheirDefinition) {
  for (int byte = 0; byte < 256; ++byte)
    EXPECT_EQ(is_token_char(static_cast<char>(byte)), is_tchar(static_cast<unsigned char>(byte))) << byte;
}

TEST(Text, LowersLettersOnly) {
  EXPECT_TRUE(equals_lower("CHUNKED", "chunked"));
  EXPECT_FALSE(equals_lower("chunke\x44 ", "chunked"));
  EXPECT_FALSE(equals_lower("[", "{"));
  EXPECT_TRUE(equals_without_case("a.Example", "A.eXAMPLE"));
  EXPECT_FALSE(equals_without_case("a@", "a`"));
  EXPECT_FALSE(equals_without_case("a", "ab"));
  EXPECT_EQ(to_lower('\xc9'), '\xc9');
}

std::vector<std::string> elements_of(std::string_view list) {
  std::vector<std::string> elements;
  EXPECT_TRUE(for_each_in_list(list, [&elements](std::string_view element) {
    elements.emplace_back(element);
    return true;
  }));
  return elements;
}

TEST(Text, SplitsListsAndTrimsTheirElements) {
  const std::pair<std::string_view, std::vector<std::string>> cases[] = {
      {"", {""}},
      {"a", {"a"}},
      {"a,b", {"a", "b"}},
      {" a ,\tb\t", {"a", "b"}},
      {",a,,b,", {"", "a", "", "b", ""}},
      {"a b, c", {"a b", "c"}},
      {" \t ", {""}},
  };
  for (const auto& [list, elements] : cases) EXPECT_EQ(elements_of(list), elements) << list;
}

TEST(Text, StopsAListWhereItIsTold) {
  int seen = 0;
  EXPECT_FALSE(for_each_in_list("a,b,c", [&seen](std::string_view) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
}

TEST(Text, TakesTokensOnly) {
  for (const char* token : {"a", "A-1", "!#$%&'*+-.^_`|~"}) EXPECT_TRUE(is_token(token)) << token;
  for (const char* other : {"", "a b", "a,", "\"a\"", "a;b", "a=b", "a/b", "a:", "\xc3\xa9", "\x7f"})
    EXPECT_FALSE(is_token(other)) << other;
}

}  // namespace
}  // namespace rota::http
