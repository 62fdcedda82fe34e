// The numbers a service and a listener go by, with their defaults. Zero means "off" for every duration here.
#pragma once

#include <cstdint>

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
};

struct ServiceSettings {
  StrategyKind strategy = StrategyKind::round_robin;
  Timeouts timeouts;
};

struct Limits {
  std::uint64_t header_bytes = 32 * 1024;
  std::uint64_t headers = 100;
  std::uint64_t body = UINT64_MAX;  // of a request, out of its framing; UINT64_MAX: off
  std::uint64_t connections = 10'000;
  Duration header_timeout = std::chrono::seconds{10};
  Duration idle = std::chrono::seconds{75};
  Duration drain = std::chrono::seconds{8};
};

}  // namespace rota
