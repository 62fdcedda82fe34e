// One health probe: a GET whose status is judged, or a TCP connect where there is no path. It knows nothing of rhythm, and of what follows from a result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/settings.h"
#include "net/dialer.h"
#include "runtime/buffer_pool.h"
#include "runtime/stop.h"
#include "runtime/task.h"

namespace rota {

struct ProbeTarget {
  std::string key;  // the instance's identity
  Address address;  // where the probe goes, with health.port applied
  HealthSettings settings;
};

// They are probed alike, at the same times; what follows from their results (fall, rise, thresholds) may differ.
bool is_same_probe(const ProbeTarget& a, const ProbeTarget& b);

struct ProbeResult {
  bool passed = false;
  std::string what = {};     // for people: "200 in 1.2 ms", "503, not 200-399", "refused", "no answer within 500ms", "connected in 0.3 ms"
  Duration took{};           // to the response head, or until it was connected, or until it failed
  std::uint16_t status = 0;  // 0: there was none
};

// Everything outlives it. Takes at most settings.timeout (or a minute, where that is off). nullopt: it says nothing about the instance, because `stop` ended it
// or rota itself had no descriptor or port left for it.
Task<std::optional<ProbeResult>> probe(Reactor& reactor, Dialer& dialer, BufferPool& buffers, const ProbeTarget& target, Stop& stop);

}  // namespace rota
