#include "balance/round_robin.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "balance/make_strategy.h"

namespace rota {
namespace {

const std::vector<std::uint32_t> kThree{1, 1, 1};

TEST(RoundRobin, GivesEachInstanceEveryThirdTurn) {
  Rng rng(1);
  const auto strategy = make_strategy(StrategyKind::round_robin, kThree, std::make_shared<Hand>());
  std::vector<InstanceIndex> picked;
  for (int i = 0; i < 6; ++i) picked.push_back(*strategy->pick(Tried{}, rng));
  EXPECT_EQ(picked, (std::vector<InstanceIndex>{0, 1, 2, 0, 1, 2}));
}

TEST(RoundRobin, GoesOnWhereItWasWhenTheWheelIsReplaced) {
  Rng rng(1);
  const auto hand = std::make_shared<Hand>();
  const auto before = make_strategy(StrategyKind::round_robin, kThree, hand);
  before->pick(Tried{}, rng);
  const auto after = make_strategy(StrategyKind::round_robin, kThree, hand);
  EXPECT_EQ(after->pick(Tried{}, rng), 1u);
}

TEST(RoundRobin, IsExactlyEvenAcrossThreads) {
  constexpr int kThreads = 4;
  constexpr int kPicks = 30'000;
  const auto strategy = make_strategy(StrategyKind::round_robin, kThree, std::make_shared<Hand>());
  std::array<std::array<int, 3>, kThreads> counts{};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        Rng rng(static_cast<std::uint64_t>(t));
        for (int i = 0; i < kPicks; ++i) ++counts[t][*strategy->pick(Tried{}, rng)];
      });
    }
  }
  for (int i = 0; i < 3; ++i) {
    int total = 0;
    for (const auto& of_thread : counts) total += of_thread[i];
    EXPECT_EQ(total, kThreads * kPicks / 3);
  }
}

// Neighbours of a dead instance get its share in equal parts: a skip to "the next one" would double one neighbour's load.
TEST(RoundRobin, SpreadsSkipsEvenlyOverTheOthers) {
  Rng rng(7);
  const std::vector<std::uint32_t> weights(4, 1);
  const auto strategy = make_strategy(StrategyKind::round_robin, weights, std::make_shared<Hand>());
  std::map<InstanceIndex, int> counts;
  for (int i = 0; i < 40'000; ++i) {
    Tried tried;
    InstanceIndex instance = *strategy->pick(tried, rng);
    if (instance == 1) {
      tried.add(1);
      instance = *strategy->pick(tried, rng);
    }
    ++counts[instance];
  }
  EXPECT_EQ(counts.count(1), 0u);
  for (const InstanceIndex other : {0U, 2U, 3U}) EXPECT_NEAR(counts[other], 40'000 / 3, 400);
}

TEST(RoundRobin, NeverPicksWhatWasTriedAndSaysWhenNobodyIsLeft) {
  Rng rng(3);
  for (const StrategyName& name : kStrategies) {
    const std::vector<std::uint32_t> weights(6, 1);
    const auto strategy = make_strategy(name.kind, weights, std::make_shared<Hand>());
    Tried tried;
    for (std::size_t left = weights.size(); left > 0; --left) {
      const auto instance = strategy->pick(tried, rng);
      ASSERT_TRUE(instance) << name.name;
      EXPECT_FALSE(tried.contains(*instance));
      tried.add(*instance);
    }
    EXPECT_FALSE(strategy->pick(tried, rng)) << name.name;
  }
}

TEST(RandomChoice, FollowsTheWeightsInTheLongRun) {
  Rng rng(11);
  const std::vector<std::uint32_t> weights{3, 1};
  const auto strategy = make_strategy(StrategyKind::random, weights, std::make_shared<Hand>());
  int first = 0;
  for (int i = 0; i < 40'000; ++i) first += *strategy->pick(Tried{}, rng) == 0 ? 1 : 0;
  EXPECT_NEAR(first, 30'000, 500);
}

}  // namespace
}  // namespace rota
