// /metrics: everything that a FleetView counts, under the names that the design fixes. What is gone is not there any more, so that its series end.
#pragma once

#include <optional>
#include <string>

#include "admin/process_stats.h"
#include "control/fleet_view.h"

namespace rota {

std::string metrics_page(const FleetView& fleet, const std::optional<ProcessStats>& process);

}  // namespace rota
