#include "admin/process_stats.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/units.h"

namespace rota {
namespace {

std::string whole_file(const char* path) {
  std::string text;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char piece[4096];
  for (ssize_t size; (size = ::read(fd, piece, sizeof(piece))) > 0;) text.append(piece, static_cast<std::size_t>(size));
  ::close(fd);
  return text;
}

std::uint64_t count_open_fds() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
  if (!folder) return 0;
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(folder.get())) count += entry->d_name[0] != '.' ? 1 : 0;
  return count - 1;  // without the folder's own
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::string_view word = line.substr(0, line.find_first_of(" \n"));
    if (!word.empty()) words.push_back(word);
    line.remove_prefix(std::min(line.size(), word.size() + 1));
  }
  return words;
}

}  // namespace

std::optional<ProcessStats> parse_process_stat(std::string_view line, double ticks_a_second, std::uint64_t page_bytes) {
  // The second field is the program's name in parentheses, in which anything may stand. Behind it comes the third; proc(5) counts from one.
  const std::size_t end = line.rfind(") ");
  if (end == std::string_view::npos) return std::nullopt;
  const std::vector<std::string_view> words = words_of(line.substr(end + 2));
  constexpr std::size_t kFirst = 3, kUserTime = 14, kSystemTime = 15, kThreads = 20, kStart = 22, kVirtual = 23, kResident = 24;
  if (words.size() <= kResident - kFirst) return std::nullopt;
  const auto field = [&](std::size_t number) { return parse_whole(words[number - kFirst]).value_or(0); };
  ProcessStats stats;
  stats.cpu_seconds = static_cast<double>(field(kUserTime) + field(kSystemTime)) / ticks_a_second;
  stats.resident_bytes = field(kResident) * page_bytes;
  stats.virtual_bytes = field(kVirtual);
  stats.threads = field(kThreads);
  stats.start_seconds = static_cast<double>(field(kStart)) / ticks_a_second;
  return stats;
}

std::optional<double> parse_boot_time(std::string_view text) {
  constexpr std::string_view kKey = "\nbtime ";
  const std::size_t at = text.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + kKey.size());
  const auto seconds = parse_whole(text.substr(0, text.find('\n')));
  return seconds ? std::optional(static_cast<double>(*seconds)) : std::nullopt;
}

std::optional<ProcessStats> read_process_stats() {
  auto stats = parse_process_stat(whole_file("/proc/self/stat"), static_cast<double>(::sysconf(_SC_CLK_TCK)),
                                  static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  const auto boot = parse_boot_time(whole_file("/proc/stat"));
  if (!stats || !boot) return std::nullopt;
  stats->start_seconds += *boot;
  stats->open_fds = count_open_fds();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) stats->max_fds = limit.rlim_cur;
  return stats;
}

}  // namespace rota
