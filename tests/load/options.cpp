#include "options.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/support/load_body.h"

namespace load {
namespace {

constexpr int kUsage = 64;
constexpr std::uint64_t kMaxRequests = 20'000'000;  // each is remembered, in some 40 bytes
constexpr std::uint64_t kMaxBody = 1 << 30;

constexpr std::string_view kHelp = R"(usage: load-client --to ADDRESS --rate N (--seconds N | --requests N) [options]
  --to ADDRESS         127.0.0.1:PORT, [::1]:PORT or unix:/path
  --rate N             requests a second, each due at its own time whatever became of those before it
  --connections N      open at a time, at most (64); a request that finds none free waits, and its latency grows
  --close              one request a connection
  --post PERCENT       how many of the requests are POSTs (0)
  --body BYTES         the size of their bodies (1000)
  --answer BYTES       what each answer brings behind its line (0)
  --chunked            bodies in chunks, both ways
  --timeout TIME       for a request, from when it was due: 10s, 500ms (10s)
  --check FILE         a log of a test instance, to be compared with what was sent and answered; once for each
  --quiet-failures N   list at most so many failures (20)
  --allow-failures     failed requests alone do not make the exit code 1
  --seed N             which of the requests are POSTs, and how chunks are cut (1)
  --run NAME           what the ids begin with, instead of a name made for this run
exit code: 0 fine; 1 a request failed, or the logs say otherwise; 64 usage;
2 fewer than 95 % of the requests were given to a connection within the run's time and one second: this was not the load that was asked for
)";

[[noreturn]] void refuse(const std::string& what) {
  std::fprintf(stderr, "load-client: %s\n%s", what.c_str(), kHelp.data());
  std::exit(kUsage);
}

std::chrono::milliseconds parse_time(std::string_view text) {
  std::uint64_t number = 0;
  const bool in_ms = text.ends_with("ms");
  if (!text.ends_with("s") || !support::parse_number(text.substr(0, text.size() - (in_ms ? 2 : 1)), number) || number > 3'600'000) {
    refuse("not a time like 10s or 500ms: " + std::string(text));
  }
  return std::chrono::milliseconds(in_ms ? number : number * 1000);
}

struct Flag {
  std::string_view name;
  std::uint64_t Options::* number;
  std::uint64_t most;
};

constexpr Flag kNumbers[] = {{"--rate", &Options::rate, 1'000'000},
                             {"--requests", &Options::requests, kMaxRequests},
                             {"--connections", &Options::connections, 60'000},
                             {"--post", &Options::post_percent, 100},
                             {"--body", &Options::body, kMaxBody},
                             {"--answer", &Options::answer, kMaxBody},
                             {"--quiet-failures", &Options::listed, kMaxRequests},
                             {"--seed", &Options::seed, UINT64_MAX}};

bool set_switch(Options& options, std::string_view flag) {
  if (flag == "--close") return options.close = true;
  if (flag == "--chunked") return options.chunked = true;
  if (flag == "--allow-failures") return options.allow_failures = true;
  return false;
}

bool set_number(Options& options, std::string_view flag, std::string_view value) {
  const auto* const known = std::ranges::find(kNumbers, flag, &Flag::name);
  if (known == std::end(kNumbers)) return false;
  std::uint64_t& number = options.*(known->number);
  if (!support::parse_number(value, number) || number > known->most) {
    refuse(std::string(flag) + " is no number up to " + std::to_string(known->most) + ": " + std::string(value));
  }
  return true;
}

std::string name_of_run(std::uint64_t seed) {
  const auto time = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  return support::BodyHash::text(support::mixed(support::mixed(seed + time) + static_cast<std::uint64_t>(getpid())), 1).substr(0, 10);
}

// What stands in a path and in a word of a log.
bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_'; });
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  std::uint64_t seconds = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--help") {
      std::fputs(kHelp.data(), stdout);
      std::exit(0);
    }
    if (set_switch(options, flag)) continue;
    if (++i == argc) refuse("unknown, or without a value: " + std::string(flag));
    const std::string_view value = argv[i];
    if (set_number(options, flag, value)) continue;
    if (flag == "--to") {
      options.to = value;
    } else if (flag == "--timeout") {
      options.timeout = parse_time(value);
    } else if (flag == "--run" && is_name(value)) {
      options.run = value;
    } else if (flag == "--check") {
      options.logs.emplace_back(value);
    } else if (flag != "--seconds" || !support::parse_number(value, seconds) || seconds > 86'400) {
      refuse("unknown: " + std::string(flag) + " " + std::string(value));
    }
  }
  if (options.to.empty() || options.rate == 0 || options.connections == 0) refuse("--to, --rate or --connections is missing");
  if ((seconds == 0) == (options.requests == 0)) refuse("either --seconds or --requests");
  if (options.requests == 0) options.requests = options.rate * seconds;
  if (options.requests > kMaxRequests) refuse("more than " + std::to_string(kMaxRequests) + " requests");
  if (options.run.empty()) options.run = name_of_run(options.seed);
  return options;
}

}  // namespace load
