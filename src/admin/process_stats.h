// What rota's own process takes, as the kernel tells it: the process_* metrics that every Prometheus dashboard knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rota {

struct ProcessStats {
  double cpu_seconds = 0;  // of all threads, user and system
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
  double start_seconds = 0;  // since the epoch
  std::uint64_t open_fds = 0;
  std::optional<std::uint64_t> max_fds;  // absent: without limit
};

// Nothing where /proc is not there.
std::optional<ProcessStats> read_process_stats();

// The line of /proc/self/stat, of which only times, threads and sizes are taken: `start_seconds` is since the machine's start. Nothing where it is none.
std::optional<ProcessStats> parse_process_stat(std::string_view line, double ticks_a_second, std::uint64_t page_bytes);
// "btime" of /proc/stat: when the machine started, in seconds since the epoch.
std::optional<double> parse_boot_time(std::string_view text);

}  // namespace rota
