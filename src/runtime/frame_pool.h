// Coroutine frames from per-thread free lists: taking and giving back one is a few instructions, and steady traffic allocates nothing.
// Per thread because a worker is a thread and a frame lives and dies on the worker that made it; nothing here is shared.
// Under sanitizers (ROTA_POOLS_OFF) every frame is a heap block of its own, so that a use after free is seen.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace rota {

class FramePool {
 public:
  static void* take(std::size_t size) {
#ifndef ROTA_POOLS_OFF
    const std::size_t place = (size - 1) / kStep;
    if (place < kClasses) [[likely]] {
      FramePool& pool = of_this_thread();
      if (Free* first = pool.free_[place]) [[likely]] {
        pool.free_[place] = first->next;
        return first;
      }
      return pool.refill(place);
    }
#endif
    return ::operator new(size);
  }

  static void give_back(void* frame, std::size_t size) noexcept {
#ifndef ROTA_POOLS_OFF
    const std::size_t place = (size - 1) / kStep;
    if (place < kClasses) [[likely]] {
      FramePool& pool = of_this_thread();
      pool.free_[place] = new (frame) Free{pool.free_[place]};
      return;
    }
#endif
    ::operator delete(frame, size);
  }

 private:
  struct Free {
    Free* next;
  };
  static constexpr std::size_t kStep = 32;
  static constexpr std::size_t kClasses = 16384 / kStep;  // larger frames are rare and go to the heap
  static constexpr std::size_t kSlab = 64 * 1024;        // what one refill takes from the heap

  static FramePool& of_this_thread() {
    static thread_local FramePool pool;
    return pool;
  }
  void* refill(std::size_t place);

  std::array<Free*, kClasses> free_{};
  std::vector<std::unique_ptr<std::byte[]>> slabs_;
};

}  // namespace rota
