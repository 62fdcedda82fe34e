#include "control/recent.h"

#include <fmt/format.h>

#include <algorithm>

namespace rota {

Recent recent_of(const RecentCounts& counts) {
  const double seconds = std::max(1e-3, std::chrono::duration<double>(counts.length).count());
  const auto count = static_cast<double>(counts.count);
  return {.per_second = count / seconds,
          .errors = counts.count == 0 ? 0 : std::min(1.0, static_cast<double>(counts.errors) / count),
          .p50 = counts.durations.quantile(0.50),
          .p95 = counts.durations.quantile(0.95),
          .p99 = counts.durations.quantile(0.99)};
}

std::string rounded(Duration duration) {
  const auto ns = static_cast<double>(duration.count());
  if (ns < 1e6) return fmt::format("{:.3g} us", ns / 1e3);
  if (ns < 1e9) return fmt::format("{:.3g} ms", ns / 1e6);
  return fmt::format("{:.3g} s", ns / 1e9);
}

}  // namespace rota
