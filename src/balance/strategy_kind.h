// The strategies by their configured names: the one list that the schema, the factory and the messages read.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rota {

enum class StrategyKind : std::uint8_t { round_robin, random };

struct StrategyName {
  StrategyKind kind;
  std::string_view name;
};

inline constexpr std::array kStrategies{StrategyName{StrategyKind::round_robin, "round_robin"},
                                        StrategyName{StrategyKind::random, "random"}};

}  // namespace rota
