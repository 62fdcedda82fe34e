// Numbers and times as people read them, on the status page and in the terminal. What is nothing is "–".
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace rota {

// "340 µs", "1.2 ms", "143 ms", "2.4 s", "95 s". Zero or less: "–".
std::string latency_figure(Duration duration);
// How long something has lasted: "0 s", "59 s", "3 min", "4 h 12 min", "3 d 4 h".
std::string age_figure(Duration age);
// "0", "0.3", "12", "1,234".
std::string rate_figure(double per_second);
// "1,234,567".
std::string count_figure(std::uint64_t count);
// Of 0 to 1: "12.5 %". "0 %" and "100 %" are only what is exactly that: almost nothing is "<0.1 %", almost all "99.99 %".
std::string share_figure(double share);

// "2026-11-24T06:00:00.123Z".
std::string rfc3339(WallTime time);
// "06:00:00", UTC.
std::string time_of_day(WallTime time);

}  // namespace rota
