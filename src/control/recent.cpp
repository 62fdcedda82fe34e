#include "control/recent.h"

#include <fmt/format.h>

#include <algorithm>

namespace rota {

Recent recent_of(std::uint64_t count, std::uint64_t errors, const HistogramSum& durations, Duration length) {
  const double seconds = std::max(1e-3, std::chrono::duration<double>(length).count());
  return {.per_second = static_cast<double>(count) / seconds,
          .errors = count == 0 ? 0 : std::min(1.0, static_cast<double>(errors) / static_cast<double>(count)),
          .p50 = durations.quantile(0.50),
          .p95 = durations.quantile(0.95),
          .p99 = durations.quantile(0.99)};
}

std::string rounded(Duration duration) {
  const auto ns = static_cast<double>(duration.count());
  if (ns < 1e6) return fmt::format("{:.3g} us", ns / 1e3);
  if (ns < 1e9) return fmt::format("{:.3g} ms", ns / 1e6);
  return fmt::format("{:.3g} s", ns / 1e9);
}

}  // namespace rota
