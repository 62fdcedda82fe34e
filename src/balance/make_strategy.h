// The factory: a strategy from its configured kind. Adding one means a name in strategy_kind.h and a line here.
#pragma once

#include <memory>
#include <span>

#include "balance/round_robin.h"
#include "balance/strategy.h"
#include "balance/strategy_kind.h"

namespace rota {

// `weights`: one an instance. `hand`: the service's own, shared by all strategies it ever has.
std::unique_ptr<Strategy> make_strategy(StrategyKind kind, std::span<const std::uint32_t> weights, std::shared_ptr<Hand> hand);

}  // namespace rota
