#include "log/log_ring.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cstddef>
#include <string>
#include <thread>

#include "base/rng.h"

namespace rota {
namespace {

constexpr std::size_t kAll = 1 << 20;

std::string taken(LogRing& ring, std::size_t most = kAll) {
  std::string text;
  EXPECT_EQ(ring.take(text, most), text.size());
  return text;
}

TEST(LogRing, GivesBackWhatWasPushedAtEveryOffsetOfItsEnd) {
  for (std::size_t offset = 1; offset <= 64; ++offset) {
    for (std::size_t size = 1; size <= 64; ++size) {
      LogRing ring(64);
      ASSERT_TRUE(ring.push(std::string(offset - 1, 'o') + '\n'));
      ASSERT_EQ(taken(ring).size(), offset);
      std::string line = std::string(size - 1, 'x') + '\n';
      for (std::size_t i = 0; i + 1 < size; ++i) line[i] = static_cast<char>('a' + i % 26);
      ASSERT_TRUE(ring.push(line)) << offset << " " << size;
      ASSERT_FALSE(ring.is_empty());
      ASSERT_EQ(taken(ring), line);
      ASSERT_TRUE(ring.is_empty());
    }
  }
}

TEST(LogRing, DropsAndCountsWhatDoesNotFitAndKeepsTheRestWhole) {
  LogRing ring(32);
  EXPECT_TRUE(ring.push("0123456789abcdef\n"));
  EXPECT_FALSE(ring.push("0123456789abcdef\n"));
  EXPECT_TRUE(ring.push("0123456789abcd\n"));  // exactly what is left
  EXPECT_FALSE(ring.push("\n"));
  EXPECT_EQ(ring.pushed(), 2u);
  EXPECT_EQ(ring.dropped(), 2u);
  EXPECT_EQ(taken(ring), "0123456789abcdef\n0123456789abcd\n");
  EXPECT_TRUE(ring.push("again\n"));
  EXPECT_EQ(taken(ring), "again\n");
}

TEST(LogRing, DropsALineThatIsLongerThanAnyMayBe) {
  LogRing ring;
  EXPECT_FALSE(ring.push(std::string(LogRing::kLongestLine, 'x') + '\n'));
  EXPECT_TRUE(ring.push(std::string(LogRing::kLongestLine - 1, 'x') + '\n'));
  EXPECT_EQ(ring.dropped(), 1u);
}

TEST(LogRing, TakesWholeLinesOnly) {
  LogRing ring(64);
  for (const char* line : {"one\n", "two\n", "three\n"}) ASSERT_TRUE(ring.push(line));
  EXPECT_EQ(taken(ring, 3), "");
  EXPECT_EQ(taken(ring, 4), "one\n");
  EXPECT_EQ(taken(ring, 9), "two\n");
  std::string text = "before\n";
  EXPECT_EQ(ring.take(text, 6), 6u);
  EXPECT_EQ(text, "before\nthree\n");
}

TEST(LogRing, KnowsWhenHalfOfItIsFull) {
  LogRing ring(64);
  ASSERT_TRUE(ring.push(std::string(31, 'x') + '\n'));
  EXPECT_FALSE(ring.is_half_full());
  ASSERT_TRUE(ring.push("\n"));
  EXPECT_TRUE(ring.is_half_full());
  taken(ring);
  EXPECT_FALSE(ring.is_half_full());
}

// A million lines of many sizes through a small ring: each arrives whole and in order, or is counted as dropped.
TEST(LogRing, HandsAMillionLinesFromOneThreadToAnother) {
  constexpr std::uint64_t kLines = 1'000'000;
  LogRing ring(4096);
  std::thread producer([&ring] {
    Rng rng(7);
    std::string line;
    for (std::uint64_t i = 0; i < kLines; ++i) {
      line = std::to_string(i);
      line.append(rng.below(24), '.');
      line += '\n';
      ring.push(line);
    }
  });
  std::string text;
  std::uint64_t lines = 0;
  std::uint64_t next = 0;
  bool wrong = false;
  const auto read = [&] {
    text.clear();
    if (ring.take(text, 4096) == 0) return false;
    wrong |= text.back() != '\n';
    for (std::size_t at = 0; at < text.size(); ++lines) {
      std::uint64_t number = 0;
      const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
      at = text.find('\n', at) + 1;
      wrong |= error != std::errc{} || number < next || text.find_first_not_of('.', static_cast<std::size_t>(end - text.data())) != at - 1;
      next = number + 1;
    }
    return true;
  };
  while (ring.pushed() + ring.dropped() < kLines && !wrong) {
    if (!read()) std::this_thread::yield();
  }
  producer.join();
  while (read()) {
  }
  EXPECT_FALSE(wrong);
  EXPECT_EQ(lines, ring.pushed());
  EXPECT_EQ(ring.pushed() + ring.dropped(), kLines);
  EXPECT_GT(lines, 1000u);
}

}  // namespace
}  // namespace rota
