// Interchangeable instances, and how one is chosen among them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "balance/strategy.h"
#include "model/instance.h"
#include "model/service_state.h"
#include "model/settings.h"

namespace rota {

struct Service {
  std::string name;
  ServiceSettings settings;
  std::vector<std::shared_ptr<const Instance>> instances;  // an InstanceIndex is a place in here; those that are out stand here, too
  std::unique_ptr<Strategy> strategy;                      // over those that are in; its picks are thread-safe
  std::shared_ptr<ServiceState> state;
};

}  // namespace rota
