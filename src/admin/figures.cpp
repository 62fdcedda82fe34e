#include "admin/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rota {

using namespace std::chrono_literals;

std::string latency_figure(Duration duration) {
  const auto ns = static_cast<double>(duration.count());
  if (duration <= Duration::zero()) return "–";
  if (duration < 999'500ns) return fmt::format("{:.0f} µs", std::max(1.0, ns / 1e3));
  if (duration < 9'950us) return fmt::format("{:.1f} ms", ns / 1e6);
  if (duration < 999'500us) return fmt::format("{:.0f} ms", ns / 1e6);
  if (duration < 9'950ms) return fmt::format("{:.1f} s", ns / 1e9);
  return fmt::format("{:.0f} s", ns / 1e9);
}

std::string age_figure(Duration age) {
  const auto seconds = std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(age).count());
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3'600) return fmt::format("{} min", seconds / 60);
  if (seconds < 86'400) return fmt::format("{} h {} min", seconds / 3'600, seconds / 60 % 60);
  return fmt::format("{} d {} h", seconds / 86'400, seconds / 3'600 % 24);
}

std::string rate_figure(double per_second) {
  if (!(per_second > 0)) return "0";
  if (per_second < 0.05) return "<0.1";
  if (per_second < 9.95) return fmt::format("{:.1f}", per_second);
  return count_figure(static_cast<std::uint64_t>(std::llround(std::min(per_second, 1e15))));
}

std::string count_figure(std::uint64_t count) {
  std::string text = fmt::format("{}", count);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string share_figure(double share) {
  if (!(share > 0)) return "0 %";
  if (share >= 1) return "100 %";
  if (share < 0.001) return "<0.1 %";
  // Above 99 % it is the missing rest that tells.
  const double scale = share < 0.99 ? 1'000 : 10'000;
  const double parts = std::clamp(std::round(share * scale), 1.0, scale - 1);
  return fmt::format("{:.{}f} %", parts * 100 / scale, share < 0.99 ? 1 : 2);
}

std::string rfc3339(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{}.{:03}Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time_of_day(time), ms % 1000);
}

std::string time_of_day(WallTime time) {
  const auto s = std::chrono::floor<std::chrono::seconds>(time - std::chrono::floor<std::chrono::days>(time)).count();
  return fmt::format("{:02}:{:02}:{:02}", s / 3'600, s / 60 % 60, s % 60);
}

}  // namespace rota
