// Rates and percentiles of the last 10 to 20 seconds, from counts at their beginning and now.
#pragma once

#include <string>

#include "control/fleet_view.h"

namespace rota {

inline constexpr Duration kRecentWindow = std::chrono::seconds{10};

Recent recent_of(std::uint64_t count, std::uint64_t errors, const HistogramSum& durations, Duration length);

// "1.2 ms": three digits, for people.
std::string rounded(Duration duration);

}  // namespace rota
