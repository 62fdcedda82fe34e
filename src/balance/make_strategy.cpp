#include "balance/make_strategy.h"

#include "balance/random_choice.h"
#include "base/check.h"

namespace rota {

std::unique_ptr<Strategy> make_strategy(StrategyKind kind, std::span<const std::uint32_t> weights, std::shared_ptr<Hand> hand) {
  switch (kind) {
    case StrategyKind::round_robin:
      return std::make_unique<RoundRobin>(Wheel(weights), std::move(hand));
    case StrategyKind::random:
      return std::make_unique<RandomChoice>(Wheel(weights));
  }
  check_failed(__FILE__, __LINE__, "a strategy kind without a strategy");
}

}  // namespace rota
