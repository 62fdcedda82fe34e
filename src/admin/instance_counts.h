// How many instances there are, and of what kind. Gone ones are counted apart.
#pragma once

#include <array>
#include <cstdint>

#include "control/fleet_view.h"

namespace rota {

struct InstanceCounts {
  std::uint64_t total = 0;  // those that a source names
  std::uint64_t in_service = 0;
  std::uint64_t gone = 0;
  std::array<std::uint64_t, kInstanceConditions> by_condition{};  // of the total

  void add(const ServiceView& service);
};

InstanceCounts count_instances(const ServiceView& service);
InstanceCounts count_instances(const FleetView& fleet);

}  // namespace rota
