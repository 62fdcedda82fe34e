// Everything a request needs to know, at one moment. Immutable once published: a request that began with it ends with it.
#pragma once

#include <memory>
#include <vector>

#include "model/routes.h"
#include "model/service.h"

namespace rota {

struct Snapshot {
  std::uint64_t generation = 0;
  std::vector<std::shared_ptr<const Service>> services;  // one that has not changed is the one of the snapshot before
  std::shared_ptr<const Routes> routes;                  // which of them takes a request

  const Service& service_of(const Route& route) const { return *services[route.service]; }
};

// What the control thread tells each worker at once.
struct Publication {
  std::shared_ptr<const Snapshot> snapshot;
  // Instances that have just died or gone, while others of their service are in: whatever waits for them and may be asked elsewhere goes there now, and their
  // idle connections close.
  std::vector<std::shared_ptr<InstanceState>> lost = {};
};

}  // namespace rota
