#include "balance/round_robin.h"

namespace rota {

std::optional<InstanceIndex> RoundRobin::pick(const Tried& tried, Rng& rng) {
  if (wheel_.is_empty()) return std::nullopt;
  if (!tried.is_empty()) return pick_from_random_place(wheel_, tried, rng);
  return wheel_.at(hand_->turns.fetch_add(1, std::memory_order_relaxed));
}

std::optional<InstanceIndex> pick_from_random_place(const Wheel& wheel, const Tried& tried, Rng& rng) {
  if (wheel.is_empty()) return std::nullopt;
  // Drawing anew is fair to all who are left; the scan behind it only makes sure that it ends where few are.
  constexpr int kDraws = 16;
  for (int i = 0; i < kDraws; ++i) {
    const InstanceIndex instance = wheel.at(rng.below(wheel.size()));
    if (!tried.contains(instance)) return instance;
  }
  const std::uint64_t from = rng.below(wheel.size());
  for (std::uint64_t i = 0; i < wheel.size(); ++i) {
    const InstanceIndex instance = wheel.at(from + i);
    if (!tried.contains(instance)) return instance;
  }
  return std::nullopt;
}

}  // namespace rota
