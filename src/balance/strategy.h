// How the next instance is chosen. One object a service and snapshot; every worker picks from it at the same time, without a lock.
#pragma once

#include <optional>

#include "balance/tried.h"
#include "base/rng.h"

namespace rota {

class Strategy {
 public:
  virtual ~Strategy() = default;
  // Whom to ask next: one that has not been tried. nullopt: there is none. Thread-safe; `rng` is the calling worker's.
  virtual std::optional<InstanceIndex> pick(const Tried& tried, Rng& rng) = 0;
};

}  // namespace rota
