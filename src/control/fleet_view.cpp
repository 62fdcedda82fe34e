#include "control/fleet_view.h"

#include <array>

namespace rota {

std::string_view name_of(InstanceCondition condition) {
  static constexpr std::array<std::string_view, kInstanceConditions> kNames{"ignored",    "draining", "failing",  "open",
                                                                            "overloaded", "slow",     "starting", "healthy"};
  return kNames[static_cast<std::size_t>(condition)];
}

}  // namespace rota
