// The table of the keys that `defaults` and every service have, and of their sections that may be `off`.
#include <algorithm>
#include <array>

#include "config/schema.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

constexpr auto kStrategyNames = [] {
  std::array<std::string_view, kStrategies.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kStrategies[i].name;
  return names;
}();

std::size_t index_of(StrategyKind kind) {
  return static_cast<std::size_t>(std::ranges::find(kStrategies, kind, &StrategyName::kind) - kStrategies.begin());
}

// In the order of RetryOn.
constexpr std::array<std::string_view, 6> kRetryReasons{"connect", "reset", "timeout", "502", "503", "504"};

constexpr std::array kServiceKeys{
    Key<ServiceSettings>{
        .path = "strategy",
        .field = ChoiceField<ServiceSettings>{.what = "strategy",
                                              .names = kStrategyNames,
                                              .get = [](ServiceSettings& s) { return index_of(s.strategy); },
                                              .set = [](ServiceSettings& s, std::size_t i) { s.strategy = kStrategies[i].kind; }},
        .fallback = "round_robin",
        .doc = "How the instance for the next request is chosen."},
    Key<ServiceSettings>{.path = "health.path",
                         .field = TargetField<ServiceSettings>{[](ServiceSettings& s) -> std::string& { return s.health.path; }},
                         .fallback = "",
                         .doc = "What a probe asks an instance for, by GET. Without it, an instance that takes a connection is well."},
    Key<ServiceSettings>{.path = "health.host",
                         .field = HostField<ServiceSettings>{[](ServiceSettings& s) -> std::string& { return s.health.host; }},
                         .fallback = "",
                         .doc = "The Host of a probe, where it is not the instance's own address."},
    Key<ServiceSettings>{.path = "health.port",
                         .field = PortField<ServiceSettings>{[](ServiceSettings& s) -> std::uint64_t& { return s.health.port; }},
                         .fallback = "",
                         .doc = "The port that is probed, where it is not the instance's own."},
    Key<ServiceSettings>{
        .path = "health.interval",
        .field =
            DurationField<ServiceSettings>{
                .member = [](ServiceSettings& s) -> Duration& { return s.health.interval; }, .may_be_off = true, .min = 10ms, .max = 24h},
        .fallback = "5s",
        .doc = "How often an instance is probed; four times a second while it changes. `off`: there are no probes, and whoever is there "
               "serves."},
    Key<ServiceSettings>{.path = "health.timeout",
                         .field =
                             DurationField<ServiceSettings>{
                                 .member = [](ServiceSettings& s) -> Duration& { return s.health.timeout; }, .min = 1ms, .max = 10min},
                         .fallback = "1s",
                         .doc = "How long a probe may take."},
    Key<ServiceSettings>{
        .path = "health.fall",
        .field =
            WholeField<ServiceSettings>{.member = [](ServiceSettings& s) -> std::uint64_t& { return s.health.fall; }, .min = 1, .max = 100},
        .fallback = "3",
        .doc = "How many probes in a row have to fail to take an instance out."},
    Key<ServiceSettings>{
        .path = "health.rise",
        .field =
            WholeField<ServiceSettings>{.member = [](ServiceSettings& s) -> std::uint64_t& { return s.health.rise; }, .min = 1, .max = 100},
        .fallback = "2",
        .doc = "How many probes in a row have to succeed to bring one back."},
    Key<ServiceSettings>{
        .path = "health.expect",
        .field = StatusField<ServiceSettings>{.member = [](ServiceSettings& s) -> std::vector<StatusRange>& { return s.health.expect; },
                                              .most = 16},
        .fallback = "200-399",
        .doc = "Which answers to a probe are a success: `200`, `200-299,301`, or a list."},
    Key<ServiceSettings>{
        .path = "health.cpu",
        .field =
            PercentField<ServiceSettings>{
                .member = [](ServiceSettings& s) -> std::uint64_t& { return s.health.cpu; }, .min = 1, .may_be_off = true},
        .fallback = "80%",
        .doc = "How much of its own CPU quota an instance may use before it counts as overloaded. `off`: that is not looked at."},
    Key<ServiceSettings>{
        .path = "health.memory",
        .field =
            PercentField<ServiceSettings>{
                .member = [](ServiceSettings& s) -> std::uint64_t& { return s.health.memory; }, .min = 1, .may_be_off = true},
        .fallback = "80%",
        .doc = "The same for its memory."},
    Key<ServiceSettings>{
        .path = "health.latency",
        .field =
            DurationField<ServiceSettings>{
                .member = [](ServiceSettings& s) -> Duration& { return s.health.latency; }, .may_be_off = true, .min = 1ms, .max = 10min},
        .fallback = "off",
        .doc = "How long an instance may take to the head of its answer, on average, before it counts as slow."},
    Key<ServiceSettings>{
        .path = "breaker.failures",
        .field = WholeField<ServiceSettings>{.member = [](ServiceSettings& s) -> std::uint64_t& { return s.breaker.failures; },
                                             .min = 1,
                                             .max = 1000,
                                             .may_be_off = true},
        .fallback = "5",
        .doc = "How many requests in a row have to fail on an instance to open its breaker."},
    Key<ServiceSettings>{
        .path = "breaker.ratio",
        .field =
            PercentField<ServiceSettings>{
                .member = [](ServiceSettings& s) -> std::uint64_t& { return s.breaker.ratio; }, .min = 1, .may_be_off = true},
        .fallback = "50%",
        .doc = "What share of its requests has to fail, within `breaker.window`, to open it."},
    Key<ServiceSettings>{.path = "breaker.of",
                         .field =
                             WholeField<ServiceSettings>{
                                 .member = [](ServiceSettings& s) -> std::uint64_t& { return s.breaker.of; }, .min = 1, .max = 100000},
                         .fallback = "20",
                         .doc = "How many requests there have to be in that time, for their share to count."},
    Key<ServiceSettings>{.path = "breaker.window",
                         .field =
                             DurationField<ServiceSettings>{
                                 .member = [](ServiceSettings& s) -> Duration& { return s.breaker.window; }, .min = 1s, .max = 10min},
                         .fallback = "10s",
                         .doc = "The time over which the share is taken."},
    Key<ServiceSettings>{.path = "breaker.open",
                         .field =
                             DurationField<ServiceSettings>{
                                 .member = [](ServiceSettings& s) -> Duration& { return s.breaker.open; }, .min = 100ms, .max = 1h},
                         .fallback = "5s",
                         .doc = "How long the breaker stays open before one request is tried; twice as long each time that one fails."},
    Key<ServiceSettings>{.path = "breaker.max_open",
                         .field =
                             DurationField<ServiceSettings>{
                                 .member = [](ServiceSettings& s) -> Duration& { return s.breaker.max_open; }, .min = 1s, .max = 24h},
                         .fallback = "1m",
                         .doc = "The longest that it stays open."},
    Key<ServiceSettings>{
        .path = "retry.attempts",
        .field =
            WholeField<ServiceSettings>{
                .member = [](ServiceSettings& s) -> std::uint64_t& { return s.retry.attempts; }, .min = 1, .max = 10},
        .fallback = "2",
        .doc = "How many instances a request is tried on, the first included. Those that could not be connected to do not count."},
    Key<ServiceSettings>{
        .path = "retry.budget",
        .field = PercentField<ServiceSettings>{.member = [](ServiceSettings& s) -> std::uint64_t& { return s.retry.budget; }, .min = 0},
        .fallback = "20%",
        .doc = "What share of a service's requests in flight may be on another attempt; three always may."},
    Key<ServiceSettings>{.path = "retry.body",
                         .field =
                             SizeField<ServiceSettings>{
                                 .member = [](ServiceSettings& s) -> std::uint64_t& { return s.retry.body; }, .min = 0, .max = 1024 * 1024},
                         .fallback = "64KiB",
                         .doc = "The longest body that is kept, so that its request can be tried again."},
    Key<ServiceSettings>{.path = "retry.on",
                         .field = SetField<ServiceSettings>{.member = [](ServiceSettings& s) -> std::uint8_t& { return s.retry.on; },
                                                            .what = "reason",
                                                            .names = kRetryReasons},
                         .fallback = "connect,reset,timeout,502,503,504",
                         .doc = "What is followed by another attempt, where one is safe: what went wrong, or an answer's status."},
    Key<ServiceSettings>{
        .path = "timeouts.connect",
        .field = DurationField<ServiceSettings>{.member = [](ServiceSettings& s) -> Duration& { return s.timeouts.connect; }},
        .fallback = "1s",
        .doc = "How long connecting to an instance may take."},
    Key<ServiceSettings>{
        .path = "timeouts.response",
        .field = DurationField<ServiceSettings>{.member = [](ServiceSettings& s) -> Duration& { return s.timeouts.response; },
                                                .may_be_off = true},
        .fallback = "30s",
        .doc = "How long one attempt may take, until the head of its response is there."},
    Key<ServiceSettings>{
        .path = "timeouts.request",
        .field = DurationField<ServiceSettings>{.member = [](ServiceSettings& s) -> Duration& { return s.timeouts.request; },
                                                .may_be_off = true},
        .fallback = "off",
        .doc = "How long a request may take in all, from its head to its response's head, over all attempts."},
    Key<ServiceSettings>{.path = "timeouts.body",
                         .field = DurationField<ServiceSettings>{.member = [](ServiceSettings& s) -> Duration& { return s.timeouts.body; },
                                                                 .may_be_off = true},
                         .fallback = "1m",
                         .doc = "How long a body may stall, in either direction."},
    Key<ServiceSettings>{
        .path = "timeouts.tunnel",
        .field =
            DurationField<ServiceSettings>{.member = [](ServiceSettings& s) -> Duration& { return s.timeouts.tunnel; }, .may_be_off = true},
        .fallback = "1h",
        .doc = "How long an upgraded connection (WebSocket and others) may be silent in both directions."},
    Key<ServiceSettings>{.path = "timeouts.keep",
                         .field = DurationField<ServiceSettings>{.member = [](ServiceSettings& s) -> Duration& { return s.timeouts.keep; }},
                         .fallback = "4s",
                         .doc = "How long an unused connection to an instance is kept for the next request."},
    Key<ServiceSettings>{
        .path = "slow_start",
        .field =
            DurationField<ServiceSettings>{
                .member = [](ServiceSettings& s) -> Duration& { return s.slow_start; }, .may_be_off = true, .min = 1ms, .max = 24h},
        .fallback = "10s",
        .doc = "How long an instance that comes, or comes back, takes to its full share."},
    Key<ServiceSettings>{
        .path = "max_requests.limit",
        .field = WholeField<ServiceSettings>{.member = [](ServiceSettings& s) -> std::uint64_t& { return s.max_requests.limit; },
                                             .min = 1,
                                             .max = 1000000,
                                             .may_be_off = true},
        .fallback = "off",
        .doc = "How many requests an instance may have at a time."},
    Key<ServiceSettings>{
        .path = "max_requests.queue",
        .field =
            WholeField<ServiceSettings>{
                .member = [](ServiceSettings& s) -> std::uint64_t& { return s.max_requests.queue; }, .min = 0, .max = 1000000},
        .fallback = "100",
        .doc = "How many requests of the service may wait where no instance has room."},
    Key<ServiceSettings>{.path = "max_requests.wait",
                         .field =
                             DurationField<ServiceSettings>{
                                 .member = [](ServiceSettings& s) -> Duration& { return s.max_requests.wait; }, .min = 1ms, .max = 1h},
                         .fallback = "1s",
                         .doc = "How long they wait."},
};

constexpr std::array kSwitches{
    Switch{.section = "breaker",
           .turn_off = [](ServiceSettings& s) { s.breaker.failures = s.breaker.ratio = 0; },
           .doc = "no breaker opens",
           .example = "{ failures: 5, ratio: 50% }"},
    Switch{.section = "retry",
           .turn_off =
               [](ServiceSettings& s) {
                 s.retry.attempts = 1;
                 s.retry.on = 0;
               },
           .doc = "there is one attempt at each request",
           .example = "{ attempts: 2, on: [connect, reset] }"},
    Switch{.section = "max_requests",
           .turn_off = [](ServiceSettings& s) { s.max_requests.limit = 0; },
           .doc = "an instance gets as many requests as come",
           .example = "{ limit: 100, queue: 100, wait: 1s }"},
};

}  // namespace

std::span<const Key<ServiceSettings>> service_keys() { return kServiceKeys; }
std::span<const Switch> service_switches() { return kSwitches; }

}  // namespace rota
