// Fixed-size buffers of one worker. An idle connection holds none; an active one a few. Steady traffic allocates nothing.
// Every buffer has kSlack readable bytes behind its capacity, so that a scan may load whole vectors up to its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "runtime/pools.h"

namespace rota {

class BufferPool;

// Bytes that came and wait to be used: [begin, end) of a block that goes back to its pool. Move-only; empty-handed when default made or moved from.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  inline ~Buffer();

  explicit operator bool() const { return block_ != nullptr; }

  // What is there and not yet used.
  std::span<char> bytes() const { return {data() + block_->begin, block_->end - block_->begin}; }
  std::string_view view() const { return {data() + block_->begin, block_->end - block_->begin}; }
  bool is_empty() const { return block_->begin == block_->end; }
  // Where more may be written, followed by `commit`.
  std::span<char> space() const { return {data() + block_->end, block_->capacity - block_->end}; }

  void commit(std::size_t count) { block_->end += static_cast<std::uint32_t>(count); }
  void consume(std::size_t count) { block_->begin += static_cast<std::uint32_t>(count); }
  void clear() { block_->begin = block_->end = 0; }
  // Moves what is there to the front, so that all the rest is space.
  void compact() {
    std::memmove(data(), data() + block_->begin, block_->end - block_->begin);
    block_->end -= block_->begin;
    block_->begin = 0;
  }
  // Appends; the caller has checked the space.
  void append(std::string_view text) {
    std::memcpy(data() + block_->end, text.data(), text.size());
    block_->end += static_cast<std::uint32_t>(text.size());
  }

 private:
  friend class BufferPool;
  struct Block {
    BufferPool* pool;
    Block* next_free;
    std::uint32_t begin;
    std::uint32_t end;
    std::uint32_t capacity;
  };
  explicit Buffer(Block* block) : block_(block) {}
  char* data() const { return reinterpret_cast<char*>(block_ + 1); }

  Block* block_ = nullptr;
};

class BufferPool {
 public:
  static constexpr std::size_t kSlack = 16;

  // `capacity`: of each buffer. `keep`: how many unused ones it holds on to.
  explicit BufferPool(std::size_t capacity, std::size_t keep = 256) : capacity_(capacity), keep_(keep) {}
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool() {
    CHECK(taken_ == 0);
    while (free_ != nullptr) ::operator delete(std::exchange(free_, free_->next_free));
  }

  Buffer take() {
    ++taken_;
    if (free_ != nullptr) [[likely]] {
      Buffer::Block* block = std::exchange(free_, free_->next_free);
      --unused_;
      block->begin = block->end = 0;
      return Buffer{block};
    }
    void* memory = ::operator new(sizeof(Buffer::Block) + capacity_ + kSlack);
    return Buffer{new (memory) Buffer::Block{this, nullptr, 0, 0, static_cast<std::uint32_t>(capacity_)}};
  }

  std::size_t capacity() const { return capacity_; }
  // How many are out. Zero when nothing is active.
  std::size_t taken() const { return taken_; }

 private:
  friend class Buffer;
  void give_back(Buffer::Block* block) {
    --taken_;
    if (kPooled && unused_ < keep_) [[likely]] {
      ++unused_;
      block->next_free = std::exchange(free_, block);
      return;
    }
    ::operator delete(block);
  }

  std::size_t capacity_;
  std::size_t keep_;
  std::size_t taken_ = 0;
  std::size_t unused_ = 0;
  Buffer::Block* free_ = nullptr;
};

inline Buffer::~Buffer() {
  if (block_ != nullptr) block_->pool->give_back(block_);
}

}  // namespace rota
