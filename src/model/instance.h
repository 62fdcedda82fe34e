// One running copy of a service. Immutable; what changes while it lives is kept elsewhere, under its identity.
#pragma once

#include <cstdint>
#include <string>

#include "net/address.h"

namespace rota {

struct Instance {
  std::string identity;  // a container's id, or the address as written; what outlives reloads
  Address address;       // not a name any more
  std::uint32_t weight = 1;
  // Where workers keep what they have of it (idle connections, cells): dense, and unique within its snapshot.
  std::uint32_t slot = 0;
};

}  // namespace rota
