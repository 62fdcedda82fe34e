// How many requests of a service may be on a second attempt at the same time: a share of those in flight, but always a few (Envoy's retry_budget, which
// needs no clock). So a service whose every instance fails gets hardly more requests than its clients send.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace rota {

// Shared by all workers.
class RetryBudget {
 public:
  static constexpr std::uint64_t kAlways = 3;

  // `active`: requests in flight, this one with them. True: one more may be under way, until give_back().
  bool try_take(std::uint64_t percent, std::uint64_t active) {
    const std::uint64_t most = std::max(kAlways, active * percent / 100);
    std::uint64_t now = taken_.load(std::memory_order_relaxed);
    while (now < most) {
      if (taken_.compare_exchange_weak(now, now + 1, std::memory_order_relaxed)) return true;
    }
    return false;
  }
  void give_back() { taken_.fetch_sub(1, std::memory_order_relaxed); }
  std::uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> taken_ = 0;
};

}  // namespace rota
