// Whole lines on their way from one thread to the log's thread: a ring of bytes that never waits and never splits a line. What does not fit is
// dropped and counted; nobody is told here.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rota {

// Owned by the LogWriter. One thread at a time pushes (the producer), the log's thread takes (the consumer); the counts are for anyone.
// Invariants: (1) tail_ <= head_ <= tail_ + capacity_, both counting bytes since the beginning; (2) the bytes between them are whole lines;
// (3) only the producer writes head_, only the consumer tail_.
class LogRing {
 public:
  static constexpr std::size_t kDefaultCapacity = 256 * 1024;
  static constexpr std::size_t kLongestLine = 8 * 1024;

  // A power of two.
  explicit LogRing(std::size_t capacity = kDefaultCapacity);
  LogRing(const LogRing&) = delete;
  LogRing& operator=(const LogRing&) = delete;

  // The producer's. `line` ends with its only '\n'. False, and counted, where it is longer than kLongestLine or there is no room for all of it.
  bool push(std::string_view line);
  // The producer's: so full that it should not be left alone for long.
  bool is_half_full();

  // The consumer's. Appends the oldest lines that together are no longer than `most`, and returns how many bytes that were. With `most` of
  // at least kLongestLine it returns zero only where nothing is there.
  std::size_t take(std::string& into, std::size_t most);
  // The consumer's. Part of the protocol of Bell: a push is either seen here, or its producer sees that the consumer sleeps.
  bool is_empty() const { return head_.load(std::memory_order_seq_cst) == tail_.load(std::memory_order_relaxed); }

  // Lines, since the beginning.
  std::uint64_t pushed() const { return pushed_.load(std::memory_order_relaxed); }
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  std::size_t room(std::uint64_t head) const { return capacity_ - static_cast<std::size_t>(head - seen_tail_); }

  const std::size_t capacity_;
  const std::unique_ptr<char[]> bytes_;

  // The producer's line: what it alone writes. seen_tail_ spares it the consumer's line until the ring looks full.
  alignas(64) std::atomic<std::uint64_t> head_ = 0;
  std::uint64_t seen_tail_ = 0;
  std::atomic<std::uint64_t> pushed_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
  // The consumer's line.
  alignas(64) std::atomic<std::uint64_t> tail_ = 0;
};

}  // namespace rota
