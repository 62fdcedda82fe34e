// Whose turn it is: the wheel and its hand.
#pragma once

#include <atomic>
#include <memory>

#include "balance/strategy.h"

namespace rota {

// The one shared number behind round robin: how many turns a service has given. It outlives wheels, so that a new one goes on where the old one was.
struct alignas(64) Hand {
  std::atomic<std::uint64_t> turns = 0;
};

// Turns are exactly even over all workers and connections: any run of picks without skips is a run of the wheel.
class RoundRobin final : public Strategy {
 public:
  RoundRobin(Wheel wheel, std::shared_ptr<Hand> hand) : wheel_(std::move(wheel)), hand_(std::move(hand)) {}
  std::optional<InstanceIndex> pick(const Tried& tried, Rng& rng) override;

 private:
  const Wheel wheel_;
  const std::shared_ptr<Hand> hand_;
};

// An instance that has not been tried, by its weight's share of those: so a skip favours no neighbour of the one skipped.
std::optional<InstanceIndex> pick_from_random_place(const Wheel& wheel, const Tried& tried, Rng& rng);

}  // namespace rota
