// One running copy of a service, as one snapshot sees it. Immutable; what changes while it lives is in its state.
#pragma once

#include <memory>
#include <string>

#include "model/instance_state.h"
#include "net/address.h"

namespace rota {

struct Instance {
  std::string identity;  // a container's id, or the address as written; what outlives reloads
  Address address;       // not a name any more
  // It stays in although its breaker is open: too many others are out already.
  bool kept_in = false;
  // It is out, but alive: slow, overloaded, or its breaker is open. Better than nobody, where all others have failed a request.
  bool last_resort = false;
  std::shared_ptr<InstanceState> state;
};

}  // namespace rota
