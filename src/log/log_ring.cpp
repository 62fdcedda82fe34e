#include "log/log_ring.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace rota {
namespace {

// Both counts have a single writer: no read-modify-write is needed.
void count(std::atomic<std::uint64_t>& counter) { counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }

}  // namespace

LogRing::LogRing(std::size_t capacity) : capacity_(capacity), bytes_(std::make_unique_for_overwrite<char[]>(capacity)) {
  CHECK(std::has_single_bit(capacity));
}

bool LogRing::push(std::string_view line) {
  CHECK(line.ends_with('\n'));
  const std::uint64_t head = head_.load(std::memory_order_relaxed);
  if (line.size() > room(head)) seen_tail_ = tail_.load(std::memory_order_acquire);
  if (line.size() > room(head) || line.size() > kLongestLine) {
    count(dropped_);
    return false;
  }
  const std::size_t at = head & (capacity_ - 1);
  const std::size_t before_end = std::min(line.size(), capacity_ - at);
  std::memcpy(bytes_.get() + at, line.data(), before_end);
  std::memcpy(bytes_.get(), line.data() + before_end, line.size() - before_end);
  count(pushed_);
  // Release would do for the bytes. That it is sequentially consistent is for Bell: the producer's next look at whether the consumer sleeps
  // must not come before this.
  head_.store(head + line.size(), std::memory_order_seq_cst);
  return true;
}

bool LogRing::is_half_full() {
  const std::uint64_t head = head_.load(std::memory_order_relaxed);
  if (room(head) >= capacity_ / 2) return false;
  seen_tail_ = tail_.load(std::memory_order_acquire);
  return room(head) < capacity_ / 2;
}

std::size_t LogRing::take(std::string& into, std::size_t most) {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const std::size_t there = head_.load(std::memory_order_acquire) - tail;
  const std::size_t before = into.size();
  const std::size_t size = std::min(there, most);
  const std::size_t at = tail & (capacity_ - 1);
  const std::size_t before_end = std::min(size, capacity_ - at);
  into.append(bytes_.get() + at, before_end).append(bytes_.get(), size - before_end);
  if (size < there) {  // cut somewhere in a line: back to the end of the one before it
    const std::size_t last = std::string_view(into).substr(before).rfind('\n');
    into.resize(last == std::string_view::npos ? before : before + last + 1);
  }
  tail_.store(tail + (into.size() - before), std::memory_order_release);
  return into.size() - before;
}

}  // namespace rota
