// Everything a request needs to know, at one moment. Immutable once published: a request that began with it ends with it.
#pragma once

#include <memory>
#include <vector>

#include "model/routes.h"
#include "model/service.h"

namespace rota {

struct Snapshot {
  std::uint64_t generation = 0;
  std::vector<std::shared_ptr<const Service>> services;
  Routes routes;  // which of them takes a request
};

}  // namespace rota
