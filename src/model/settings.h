// The numbers a service and a listener go by, with their defaults. Zero means "off" for every duration here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "balance/breaker.h"
#include "balance/strategy_kind.h"
#include "base/clock.h"

namespace rota {

struct Timeouts {
  Duration connect = std::chrono::seconds{1};
  Duration response = std::chrono::seconds{30};  // an attempt, from when the request is out to its response head
  Duration request = Duration::zero();           // the whole, from the request's head to its response head
  Duration body = std::chrono::seconds{60};      // a body that stalls, either way
  Duration tunnel = std::chrono::hours{1};       // an upgraded connection on which nothing moves
  Duration keep = std::chrono::seconds{4};       // an unused upstream connection

  friend bool operator==(const Timeouts&, const Timeouts&) = default;
};

struct StatusRange {
  std::uint16_t first;
  std::uint16_t last;
  friend bool operator==(const StatusRange&, const StatusRange&) = default;
};

struct HealthSettings {
  std::string path;                             // of the probe; empty: a TCP connect is the probe
  std::string host;                             // of its Host; empty: the instance's own address
  std::uint64_t port = 0;                       // where it goes; 0: the instance's own
  Duration interval = std::chrono::seconds{5};  // off: there are no probes, and whoever is there serves
  Duration timeout = std::chrono::seconds{1};   // of one probe
  std::uint64_t fall = 3;                       // failures in a row that take an instance out
  std::uint64_t rise = 2;                       // successes in a row that bring it back
  std::vector<StatusRange> expect{{200, 399}};  // what a probe's answer may be
  std::uint64_t cpu = 80;                       // percent of what the instance may use; 0: not looked at
  std::uint64_t memory = 80;                    // the same
  Duration latency = Duration::zero();          // to the response head

  friend bool operator==(const HealthSettings&, const HealthSettings&) = default;
};

// What may be followed by another attempt, as bits of a set.
enum class RetryOn : std::uint8_t { connect, reset, timeout, status_502, status_503, status_504 };

struct RetrySettings {
  std::uint64_t attempts = 2;      // of one request, the first one included; 1: no retries but for what could not be connected to
  std::uint64_t budget = 20;       // percent of a service's requests in flight that may be on another attempt
  std::uint64_t body = 64 * 1024;  // the longest body that is kept for another attempt
  std::uint8_t on = 0b111111;      // a set of RetryOn

  bool is_on(RetryOn reason) const { return ((on >> static_cast<unsigned>(reason)) & 1) != 0; }
  friend bool operator==(const RetrySettings&, const RetrySettings&) = default;
};

// How much of an instance's time requests may have at once. Where there is no room, they wait in line.
struct MaxRequests {
  std::uint64_t limit = 0;                  // in flight an instance; 0: off
  std::uint64_t queue = 100;                // waiting a service
  Duration wait = std::chrono::seconds{1};  // at most

  friend bool operator==(const MaxRequests&, const MaxRequests&) = default;
};

struct ServiceSettings {
  StrategyKind strategy = StrategyKind::round_robin;
  HealthSettings health;
  BreakerSettings breaker;
  RetrySettings retry;
  Timeouts timeouts;
  Duration slow_start = std::chrono::seconds{10};
  MaxRequests max_requests;

  friend bool operator==(const ServiceSettings&, const ServiceSettings&) = default;
};

struct Limits {
  std::uint64_t header_bytes = 32 * 1024;
  std::uint64_t headers = 100;
  std::uint64_t body = UINT64_MAX;  // of a request, out of its framing; UINT64_MAX: off
  std::uint64_t connections = 10'000;
  Duration header_timeout = std::chrono::seconds{10};
  Duration idle = std::chrono::seconds{75};
  Duration drain = std::chrono::seconds{8};

  friend bool operator==(const Limits&, const Limits&) = default;
};

}  // namespace rota
