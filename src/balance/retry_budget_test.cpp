#include "balance/retry_budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace rota {
namespace {

std::uint64_t takes(RetryBudget& budget, std::uint64_t percent, std::uint64_t active) {
  std::uint64_t taken = 0;
  while (budget.try_take(percent, active)) ++taken;
  return taken;
}

TEST(RetryBudget, AlwaysHasRoomForAFew) {
  for (const std::uint64_t percent : {0u, 20u, 100u}) {
    RetryBudget budget;
    EXPECT_EQ(takes(budget, percent, 1), 3u);
  }
}

TEST(RetryBudget, IsAShareOfWhatIsInFlight) {
  RetryBudget budget;
  EXPECT_EQ(takes(budget, 20, 100), 20u);
  EXPECT_FALSE(budget.try_take(20, 100));
  EXPECT_TRUE(budget.try_take(20, 105));  // it grows with what is in flight
  EXPECT_FALSE(budget.try_take(20, 50));  // and shrinks with it, below what is out already
}

TEST(RetryBudget, RoundsDown) {
  RetryBudget budget;
  EXPECT_EQ(takes(budget, 20, 24), 4u);
}

TEST(RetryBudget, WhatIsGivenBackCanBeTakenAgain) {
  RetryBudget budget;
  takes(budget, 20, 10);
  budget.give_back();
  EXPECT_EQ(budget.taken(), 2u);
  EXPECT_TRUE(budget.try_take(20, 10));
  EXPECT_FALSE(budget.try_take(20, 10));
}

TEST(RetryBudget, IsKeptToByAnyNumberOfThreads) {
  constexpr std::uint64_t kMost = 10;
  RetryBudget budget;
  std::atomic<std::uint64_t> out = 0;
  std::atomic<std::uint64_t> most = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20'000; ++i) {
          if (!budget.try_take(20, 50)) continue;
          const std::uint64_t now = out.fetch_add(1) + 1;
          for (std::uint64_t seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {
          }
          if (i % 3 == 0) std::this_thread::yield();
          out.fetch_sub(1);
          budget.give_back();
        }
      });
    }
  }
  EXPECT_LE(most.load(), kMost);
  EXPECT_EQ(budget.taken(), 0u);
}

}  // namespace
}  // namespace rota
