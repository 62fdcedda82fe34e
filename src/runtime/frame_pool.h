// Coroutine frames from per-thread free lists: taking and giving back one is a few instructions, and steady traffic allocates nothing.
// Per thread because a worker is a thread and a frame lives and dies on the worker that made it; nothing here is shared.
#pragma once

#include <array>
#include <cstddef>
#include <new>

#include "runtime/pools.h"

namespace rota {

class FramePool {
 public:
  static void* take(std::size_t size) {
    const std::size_t place = (size - 1) / kStep;
    if (kPooled && place < kClasses) [[likely]] {
      if (Free* first = free_[place]) [[likely]] {
        free_[place] = first->next;
        return first;
      }
      return refill(place);
    }
    return ::operator new(size);
  }

  static void give_back(void* frame, std::size_t size) noexcept {
    const std::size_t place = (size - 1) / kStep;
    if (kPooled && place < kClasses) [[likely]] {
      free_[place] = new (frame) Free{free_[place]};
      return;
    }
    ::operator delete(frame, size);
  }

 private:
  struct Free {
    Free* next;
  };
  static constexpr std::size_t kStep = 32;
  static constexpr std::size_t kClasses = 16384 / kStep;  // larger frames are rare and go to the heap
  static constexpr std::size_t kSlab = 64 * 1024;         // what one refill takes from the heap

  static void* refill(std::size_t place);

  // Trivial on purpose: a thread-local with a constructor or destructor costs a check at every access. The slabs behind it have both (frame_pool.cpp).
  static constinit thread_local std::array<Free*, kClasses> free_;
};

}  // namespace rota
