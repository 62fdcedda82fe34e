// What there is to balance, as a source tells it: services, their instances, and the routes to them. What becomes of it is for control/ to decide.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/routes.h"
#include "model/settings.h"
#include "net/address.h"

namespace rota {

struct RosterInstance {
  std::string identity;  // unique within its service, and the instance's as long as it lives
  Address address;       // not a name any more
  std::uint32_t weight = 1;
  std::string ignored = {};  // why it may not serve; empty: it may

  friend bool operator==(const RosterInstance&, const RosterInstance&) = default;
};

struct RosterService {
  std::string name;
  ServiceSettings settings;
  std::vector<RosterInstance> instances;
};

struct Roster {
  std::vector<RosterService> services;
  std::shared_ptr<const Routes> routes;  // of those services, by their places
};

}  // namespace rota
