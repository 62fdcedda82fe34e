#include "runtime/frame_pool.h"

#include <memory>
#include <vector>

namespace rota {
namespace {

// Gives a thread's slabs back when it ends.
thread_local std::vector<std::unique_ptr<std::byte[]>> slabs;

}  // namespace

constinit thread_local std::array<FramePool::Free*, FramePool::kClasses> FramePool::free_{};

void* FramePool::refill(std::size_t place) {
  const std::size_t size = (place + 1) * kStep;
  const std::size_t count = kSlab / size;
  std::byte* block = slabs.emplace_back(std::make_unique_for_overwrite<std::byte[]>(count * size)).get();
  for (std::size_t i = count - 1; i > 0; --i) free_[place] = new (block + i * size) Free{free_[place]};
  return block;
}

}  // namespace rota
