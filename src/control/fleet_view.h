// Everything that the control thread knows at one moment, as plain values: what the admin API, the status page and the metrics are written from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "metrics/histogram.h"

namespace rota {

// The first that applies is the one that is shown.
enum class InstanceCondition : std::uint8_t { ignored, draining, failing, open, overloaded, slow, starting, healthy };
std::string_view name_of(InstanceCondition condition);
inline constexpr std::size_t kInstanceConditions = 8;

// What happened lately: over a sliding window of 10 to 20 seconds.
struct Recent {
  double per_second = 0;         // requests, or attempts of an instance
  double errors = 0;             // share of those that went wrong, 0 to 1
  Duration p50{}, p95{}, p99{};  // zero where nothing happened
};

struct CountBy {
  std::string label;
  std::uint64_t count;
};

struct InstanceView {
  std::string id;  // of the API: service/identity
  std::string service;
  std::string identity;
  std::string address;
  std::uint32_t weight = 1;  // as asked for
  double share = 0;          // of the service's turns, 0 to 1
  InstanceCondition condition = InstanceCondition::starting;
  std::string reason;       // in words, with its numbers; empty: there is nothing to say
  WallTime since{};         // that it is so
  bool in_service = false;  // it has a share
  bool gone = false;        // no source names it any more; shown for a while
  std::int64_t in_flight = 0;
  Recent recent;
  std::vector<CountBy> answers;             // by status code, since it is known; only those that are not zero
  std::uint64_t broken = 0;                 // attempts that failed without an answer
  HistogramSum latency;                     // to the response head, since it is known
  std::optional<Duration> latency_average;  // as `slow` is judged by
  std::optional<double> cpu;                // 0 to 1 of what it may use
  std::optional<double> memory;
  std::string breaker = "closed";                                                 // closed, open, half_open
  std::uint64_t breaker_opened = 0, breaker_half_opened = 0, breaker_closed = 0;  // transitions
  std::uint64_t probes_passed = 0, probes_failed = 0;
  std::string last_probe;  // "200 in 1.2 ms", "refused"; empty: none yet
  WallTime last_probe_at{};
};

struct MethodCount {
  std::string method;
  std::string code;
  std::uint64_t count;
};

struct ServiceView {
  std::string name;
  std::string strategy;
  std::int64_t in_flight = 0;
  std::int64_t queued = 0;
  Recent recent;
  std::vector<MethodCount> requests;  // since the start; only those that are not zero
  std::vector<CountBy> errors;        // by token
  std::vector<CountBy> retries;       // by reason
  HistogramSum duration;
  std::vector<InstanceView> instances;  // gone ones last
};

struct RouteView {
  std::string host;
  std::string path;
  std::string service;
};

struct ListenerView {
  std::string address;
  std::int64_t connections = 0;
};

struct FleetView {
  std::string version;
  WallTime now{};
  WallTime started{};
  std::uint64_t generation = 0;  // of the snapshot in force
  std::uint64_t workers = 0;
  std::string config;  // where it came from
  bool ready = false;
  bool draining = false;
  std::vector<ListenerView> listeners;
  std::vector<ServiceView> services;
  std::vector<RouteView> routes;
  Recent recent;  // of all services together
  std::int64_t in_flight = 0;
  std::vector<MethodCount> unrouted;  // requests that no service took
  std::vector<CountBy> unrouted_errors;
  std::uint64_t access_log_dropped = 0;
  std::uint64_t reloads_applied = 0, reloads_refused = 0;
  struct Source {
    std::string name;
    bool up = true;
    std::uint64_t events = 0;
  };
  std::vector<Source> sources;
};

}  // namespace rota
