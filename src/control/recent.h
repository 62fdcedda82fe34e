// Rates and percentiles of the last 10 to 20 seconds, from counts at their beginning and now.
#pragma once

#include <algorithm>
#include <string>

#include "control/fleet_view.h"

namespace rota {

inline constexpr Duration kRecentWindow = std::chrono::seconds{10};

// What came within `length`.
struct RecentCounts {
  std::uint64_t count = 0;
  std::uint64_t errors = 0;
  HistogramSum durations;
  Duration length{};

  // Of several at the same time.
  void add(const RecentCounts& other) {
    count += other.count;
    errors += other.errors;
    durations.add(other.durations);
    length = std::max(length, other.length);
  }
};

Recent recent_of(const RecentCounts& counts);

// "1.2 ms": three digits, for people.
std::string rounded(Duration duration);

}  // namespace rota
