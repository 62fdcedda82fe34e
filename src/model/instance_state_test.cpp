#include "model/instance_state.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace rota {
namespace {

std::shared_ptr<InstanceState> state_in(const std::shared_ptr<Slots>& slots) { return std::make_shared<InstanceState>(slots, 1); }

TEST(InstanceState, SlotsAreDense) {
  const auto slots = std::make_shared<Slots>();
  std::vector<std::shared_ptr<InstanceState>> states;
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 100; ++i) seen.insert(states.emplace_back(state_in(slots))->slot());
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(*seen.rbegin(), 99u);
}

TEST(InstanceState, ASlotIsGivenAgainOnlyWhenTheLastHolderIsGone) {
  const auto slots = std::make_shared<Slots>();
  std::shared_ptr<InstanceState> first = state_in(slots);
  std::shared_ptr<InstanceState> request = first;
  const std::uint32_t slot = first->slot();
  first.reset();
  EXPECT_NE(state_in(slots)->slot(), slot) << "a request still holds it";
  request.reset();
  const auto one = state_in(slots);
  const auto two = state_in(slots);
  EXPECT_TRUE((std::set{one->slot(), two->slot()}).contains(slot));
}

TEST(InstanceState, ASerialIsNeverGivenTwice) {
  const auto slots = std::make_shared<Slots>();
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100; ++i) {
    const auto state = state_in(slots);
    EXPECT_EQ(state->slot(), 0u);
    EXPECT_NE(state->serial(), 0u) << "that is nobody's";
    EXPECT_TRUE(seen.insert(state->serial()).second);
  }
}

TEST(InstanceState, OutlivesWhoeverMadeItsSlots) {
  auto slots = std::make_shared<Slots>();
  auto state = state_in(slots);
  slots.reset();
  state.reset();  // gives its slot back to what it holds itself
}

// States end wherever their last request does.
TEST(InstanceState, NoTwoThatLiveShareASlot) {
  const auto slots = std::make_shared<Slots>();
  std::array<std::atomic<int>, 64> held{};
  std::atomic<int> clashes = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 2'000; ++i) {
          const auto state = state_in(slots);
          if (held[state->slot()].fetch_add(1) != 0) clashes.fetch_add(1);
          held[state->slot()].fetch_sub(1);
        }
      });
    }
  }
  EXPECT_EQ(clashes.load(), 0);
}

}  // namespace
}  // namespace rota
