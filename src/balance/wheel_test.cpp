#include "balance/wheel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace rota {
namespace {

std::vector<InstanceIndex> order_of(const std::vector<std::uint32_t>& weights) {
  const Wheel wheel(weights);
  std::vector<InstanceIndex> order;
  for (std::size_t i = 0; i < wheel.size(); ++i) order.push_back(wheel.at(i));
  return order;
}

TEST(Wheel, GivesEqualWeightsOneTurnEachInOrder) { EXPECT_EQ(order_of({7, 7, 7}), (std::vector<InstanceIndex>{0, 1, 2})); }

TEST(Wheel, SpreadsAHeavyInstanceInsteadOfServingItInARow) {
  EXPECT_EQ(order_of({5, 1, 1}), (std::vector<InstanceIndex>{0, 1, 0, 0, 2, 0, 0}));
  EXPECT_EQ(order_of({2, 1}), (std::vector<InstanceIndex>{0, 1, 0}));
}

TEST(Wheel, LeavesOutWeightZeroAndIsEmptyWithoutAnyWeight) {
  EXPECT_EQ(order_of({0, 1, 0}), (std::vector<InstanceIndex>{1}));
  EXPECT_TRUE(order_of({}).empty());
  EXPECT_TRUE(order_of({0, 0}).empty());
}

// At every place, what each instance has had is less than one turn away from its exact share.
TEST(Wheel, KeepsEveryInstanceWithinOneTurnOfItsShareAtEveryPlace) {
  for (const std::vector<std::uint32_t>& weights :
       {std::vector<std::uint32_t>{5, 1, 1}, {1, 2, 3, 4, 5, 6, 7}, {100, 1, 37, 13}, {1000, 999, 998, 1}, {3, 3, 3, 2}}) {
    const auto order = order_of(weights);
    double sum = 0;
    for (const auto weight : weights) sum += weight;
    std::map<InstanceIndex, double> had;
    for (std::size_t place = 0; place < order.size(); ++place) {
      ++had[order[place]];
      for (InstanceIndex i = 0; i < weights.size(); ++i) {
        const double share = static_cast<double>(place + 1) * weights[i] / sum;
        EXPECT_LT(std::abs(had[i] - share), 1.0) << "instance " << i << " at place " << place;
      }
    }
  }
}

TEST(Wheel, StaysWithinItsSizeAndKeepsTheProportionsWhereWeightsAreHuge) {
  const Wheel wheel(std::vector<std::uint32_t>{1'000'003, 2'000'003, 3'000'017});
  EXPECT_LE(wheel.size(), Wheel::kMostPlaces);
  std::map<InstanceIndex, std::size_t> had;
  for (std::size_t i = 0; i < wheel.size(); ++i) ++had[wheel.at(i)];
  EXPECT_NEAR(static_cast<double>(had[2]) / static_cast<double>(had[0]), 3.0, 0.01);
}

TEST(Wheel, TakesTenThousandInstancesOfMixedWeights) {
  std::vector<std::uint32_t> weights(10'000);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<std::uint32_t>(1 + i % 1000);
  const Wheel wheel(weights);
  EXPECT_LE(wheel.size(), Wheel::kMostPlaces + weights.size());
}

}  // namespace
}  // namespace rota
