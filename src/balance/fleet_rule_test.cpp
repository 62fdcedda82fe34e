#include "balance/fleet_rule.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace rota {
namespace {

std::vector<FleetMember> members_of(const std::vector<double>& badness) {
  std::vector<FleetMember> members;
  for (const double one : badness) members.push_back({.badness = one});
  return members;
}

std::vector<bool> out_of(const std::vector<double>& badness) { return taken_out(members_of(badness)); }

TEST(FleetRule, TakesOutWhoIsBadUpToHalf) {
  EXPECT_EQ(out_of({0, 1, 0}), (std::vector<bool>{false, true, false}));
  EXPECT_EQ(out_of({1, 1, 0, 0}), (std::vector<bool>{true, true, false, false}));
  EXPECT_EQ(out_of({1, 2, 0}), (std::vector<bool>{false, true, false}));
  EXPECT_EQ(out_of({1, 2, 3, 0, 0}), (std::vector<bool>{false, true, true, false, false}));
}

TEST(FleetRule, NeverTakesOutTheLastOne) {
  EXPECT_EQ(out_of({3}), (std::vector<bool>{false}));
  EXPECT_EQ(out_of({3, 3}), (std::vector<bool>{true, false}));
}

TEST(FleetRule, CountsOnlyWhoCouldServe) {
  std::vector<FleetMember> members = members_of({3, 0, 0, 0});
  members[1].could_serve = members[2].could_serve = false;
  EXPECT_EQ(taken_out(members), (std::vector<bool>{true, false, false, false}));
  members[3].could_serve = false;
  EXPECT_EQ(taken_out(members), (std::vector<bool>{false, false, false, false})) << "it is the only one left";
}

TEST(FleetRule, OfTwoAsBadTheOneThatIsOutStaysOut) {
  std::vector<FleetMember> members = members_of({2, 2, 2});
  members[2].is_out = true;
  EXPECT_EQ(taken_out(members), (std::vector<bool>{false, false, true}));
  members[0].badness = 2.1;  // but who is worse goes first
  EXPECT_EQ(taken_out(members), (std::vector<bool>{true, false, false}));
}

std::vector<FleetMember> any_members(Rng& rng) {
  std::vector<FleetMember> members;
  const std::size_t count = rng.below(9);
  for (std::size_t i = 0; i < count; ++i) {
    const auto badness = static_cast<double>(rng.below(4));
    members.push_back({.could_serve = rng.below(4) != 0, .badness = rng.below(2) == 0 ? 0 : badness, .is_out = rng.below(3) == 0});
  }
  return members;
}

// Every rule of it, for any fleet.
TEST(FleetRule, HoldsForAnyFleet) {
  Rng rng(5);
  for (int round = 0; round < 50'000; ++round) {
    const std::vector<FleetMember> members = any_members(rng);
    const std::vector<bool> out = taken_out(members);
    ASSERT_EQ(out.size(), members.size());
    std::size_t able = 0;
    std::size_t bad = 0;
    std::size_t taken = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (out[i]) {
        ++taken;
        ASSERT_TRUE(members[i].could_serve && members[i].badness > 0) << "nothing is wrong with it, or it is out anyway";
      }
      if (!members[i].could_serve) continue;
      ++able;
      if (members[i].badness > 0) ++bad;
    }
    ASSERT_EQ(taken, std::min(bad, able / 2)) << "as many as may go, and no more";
    if (able > 0) {
      ASSERT_LT(taken, able);
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      for (std::size_t j = 0; j < members.size(); ++j) {
        const bool both = members[i].could_serve && members[j].could_serve;
        if (both && out[i] && !out[j]) {
          ASSERT_GE(members[i].badness, members[j].badness) << "the worst go first";
        }
      }
    }
    std::vector<FleetMember> again = members;
    for (std::size_t i = 0; i < again.size(); ++i) again[i].is_out = out[i];
    ASSERT_EQ(taken_out(again), out) << "asked again, it says the same";
  }
}

}  // namespace
}  // namespace rota
