#include "runtime/frame_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "base/rng.h"

namespace rota {
namespace {

struct Frame {
  unsigned char* bytes;
  std::size_t size;
  unsigned char mark;
};

Frame take(std::size_t size, unsigned char mark) {
  auto* const bytes = static_cast<unsigned char*>(FramePool::take(size));
  std::memset(bytes, mark, size);
  return {bytes, size, mark};
}

bool is_intact(const Frame& frame) {
  for (std::size_t i = 0; i < frame.size; ++i) {
    if (frame.bytes[i] != frame.mark) return false;
  }
  return true;
}

TEST(FramePool, AlignsFramesAsTheHeapDoes) {
  std::vector<Frame> frames;
  for (const std::size_t size : {1, 31, 32, 33, 64, 100, 1000, 16383, 16384, 16385, 100'000}) frames.push_back(take(size, 1));
  for (const Frame& frame : frames) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(frame.bytes) % __STDCPP_DEFAULT_NEW_ALIGNMENT__, 0u) << frame.size;
    FramePool::give_back(frame.bytes, frame.size);
  }
}

// Frames of every size live side by side, come and go in any order, and none is ever part of another.
TEST(FramePool, NeverGivesTheSameBytesToTwo) {
  Rng rng(5);
  std::vector<Frame> frames;
  for (int i = 0; i < 20'000; ++i) {
    if (frames.size() < 200 && rng.below(3) != 0) {
      const std::size_t size = 1 + rng.below(rng.below(50) == 0 ? 40'000 : 700);
      frames.push_back(take(size, static_cast<unsigned char>(i)));
      continue;
    }
    if (frames.empty()) continue;
    std::swap(frames[rng.below(frames.size())], frames.back());
    ASSERT_TRUE(is_intact(frames.back())) << "of " << frames.back().size;
    FramePool::give_back(frames.back().bytes, frames.back().size);
    frames.pop_back();
  }
  for (const Frame& frame : frames) {
    EXPECT_TRUE(is_intact(frame));
    FramePool::give_back(frame.bytes, frame.size);
  }
}

TEST(FramePool, BelongsToAThreadThatMayEnd) {
  for (int round = 0; round < 3; ++round) {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([t] {
        std::vector<Frame> frames;
        for (std::size_t i = 1; i < 300; ++i) frames.push_back(take(i * 3, static_cast<unsigned char>(t + 1)));
        for (const Frame& frame : frames) {
          EXPECT_TRUE(is_intact(frame));
          FramePool::give_back(frame.bytes, frame.size);
        }
      });
    }
  }
}

#ifndef ROTA_POOLS_OFF
TEST(FramePool, GivesAgainWhatCameBackLast) {
  void* const frame = FramePool::take(200);
  FramePool::give_back(frame, 200);
  EXPECT_EQ(FramePool::take(193), frame);  // of the same class
  FramePool::give_back(frame, 193);
}
#endif

}  // namespace
}  // namespace rota
