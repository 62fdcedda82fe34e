// Interchangeable instances, and how one is chosen among them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "balance/strategy.h"
#include "model/instance.h"
#include "model/settings.h"

namespace rota {

struct Service {
  std::string name;
  ServiceSettings settings;
  std::vector<std::shared_ptr<const Instance>> instances;  // an InstanceIndex is a place in here
  std::unique_ptr<Strategy> strategy;                      // over `instances`; its picks are thread-safe
};

}  // namespace rota
