#include "app/machine.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

#include "base/units.h"

namespace rota {
namespace {

std::optional<std::uint64_t> whole(const std::string& text) {
  const auto value = parse_whole(text);
  return value ? std::optional(*value) : std::nullopt;
}

std::optional<std::uint64_t> quota_in_cores(std::optional<std::uint64_t> quota, std::optional<std::uint64_t> period) {
  if (!quota || !period || *quota == 0 || *period == 0) return std::nullopt;
  return (*quota + *period - 1) / *period;
}

// cgroup v2 says "max 100000" or "200000 100000" in one file; v1 has two files, with -1 for none.
std::optional<std::uint64_t> cgroup_cores() {
  std::string quota;
  std::string period;
  if (std::ifstream v2("/sys/fs/cgroup/cpu.max"); v2 >> quota >> period) return quota_in_cores(whole(quota), whole(period));
  std::ifstream quota_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream period_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (quota_file >> quota && period_file >> period) return quota_in_cores(whole(quota), whole(period));
  return std::nullopt;
}

}  // namespace

std::uint32_t usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::uint64_t cores = ::sched_getaffinity(0, sizeof(set), &set) == 0 ? static_cast<std::uint64_t>(CPU_COUNT(&set)) : 1;
  if (const auto quota = cgroup_cores()) cores = std::min(cores, *quota);
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(cores, 1));
}

std::uint64_t raise_open_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace rota
