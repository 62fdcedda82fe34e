// Numbers that one thread counts up and others read: the writer pays for a plain addition, a reader sees a value that was true a moment ago.
#pragma once

#include <atomic>
#include <cstdint>

namespace rota {

// Only its writer's thread may add; any thread may read.
class Counter {
 public:
  void add(std::uint64_t by = 1) { value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

// The same for what goes up and down.
class Gauge {
 public:
  void add(std::int64_t by) { value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed); }
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

}  // namespace rota
