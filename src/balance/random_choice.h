// Any instance, by its weight's share: no shared state at all, and even only in the long run.
#pragma once

#include "balance/round_robin.h"
#include "balance/strategy.h"

namespace rota {

class RandomChoice final : public Strategy {
 public:
  explicit RandomChoice(Wheel wheel) : wheel_(std::move(wheel)) {}
  std::optional<InstanceIndex> pick(const Tried& tried, Rng& rng) override { return pick_from_random_place(wheel_, tried, rng); }

 private:
  const Wheel wheel_;
};

}  // namespace rota
