#include "runtime/buffer_pool.h"

#include <gtest/gtest.h>

#include <string>

namespace rota {
namespace {

TEST(BufferPool, GivesEmptyBuffersOfItsCapacity) {
  BufferPool pool(100);
  const Buffer buffer = pool.take();
  EXPECT_TRUE(buffer);
  EXPECT_TRUE(buffer.is_empty());
  EXPECT_EQ(buffer.view(), "");
  EXPECT_EQ(buffer.space().size(), 100u);
  EXPECT_EQ(pool.capacity(), 100u);
}

TEST(BufferPool, GivesEmptyBuffersAgainAndAgain) {
  BufferPool pool(8, 1);
  for (int i = 0; i < 3; ++i) {
    Buffer one = pool.take();
    Buffer other = pool.take();
    EXPECT_NE(one.space().data(), other.space().data());
    EXPECT_EQ(one.space().size(), 8u);
    EXPECT_EQ(other.space().size(), 8u);
    one.append("12345678");
    one.consume(3);
    other.append("abc");
  }
}

TEST(BufferPool, KnowsHowManyAreOut) {
  BufferPool pool(8);
  EXPECT_EQ(pool.taken(), 0u);
  {
    Buffer one = pool.take();
    Buffer other = pool.take();
    EXPECT_EQ(pool.taken(), 2u);
    const Buffer moved = std::move(one);
    EXPECT_EQ(pool.taken(), 2u);
    EXPECT_FALSE(one);  // NOLINT(bugprone-use-after-move): moved from is empty-handed
    other = Buffer{};
  }
  EXPECT_EQ(pool.taken(), 0u);
}

// A scan loads whole vectors.
TEST(BufferPool, HasReadableBytesBehindAFullBuffer) {
  BufferPool pool(64);
  Buffer buffer = pool.take();
  buffer.append(std::string(64, 'x'));
  EXPECT_TRUE(buffer.space().empty());
  char slack[BufferPool::kSlack];
  std::memcpy(slack, buffer.bytes().data() + 64, sizeof(slack));
  SUCCEED();
}

TEST(Buffer, IsFilledAtItsEndAndUsedFromItsFront) {
  BufferPool pool(10);
  Buffer buffer = pool.take();
  buffer.append("hello");
  std::memcpy(buffer.space().data(), "12", 2);
  buffer.commit(2);
  EXPECT_EQ(buffer.view(), "hello12");
  EXPECT_EQ(buffer.space().size(), 3u);
  buffer.consume(4);
  EXPECT_EQ(buffer.view(), "o12");
  EXPECT_EQ(buffer.space().size(), 3u);  // what was used is not space yet
  buffer.compact();
  EXPECT_EQ(buffer.view(), "o12");
  EXPECT_EQ(buffer.space().size(), 7u);
  buffer.consume(3);
  EXPECT_TRUE(buffer.is_empty());
  buffer.clear();
  EXPECT_EQ(buffer.space().size(), 10u);
}

TEST(Buffer, CompactsOverlappingBytes) {
  BufferPool pool(26);
  Buffer buffer = pool.take();
  buffer.append("abcdefghijklmnopqrstuvwxyz");
  buffer.consume(2);
  buffer.compact();
  EXPECT_EQ(buffer.view(), "cdefghijklmnopqrstuvwxyz");
}

TEST(Buffer, MovesWithItsBytesInPlace) {
  BufferPool pool(10);
  Buffer buffer = pool.take();
  buffer.append("abc");
  const char* const place = buffer.bytes().data();
  Buffer moved = std::move(buffer);
  EXPECT_EQ(moved.bytes().data(), place);
  Buffer assigned;
  EXPECT_FALSE(assigned);
  assigned = std::move(moved);
  EXPECT_EQ(assigned.view(), "abc");
  EXPECT_EQ(assigned.bytes().data(), place);
}

TEST(BufferPoolDeathTest, CannotEndBeforeItsBuffers) {
  EXPECT_DEATH(
      {
        Buffer buffer;
        BufferPool pool(8);
        buffer = pool.take();
      },
      "taken_ == 0");
}

}  // namespace
}  // namespace rota
