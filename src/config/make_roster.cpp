#include "config/make_roster.h"

#include <fmt/format.h>

namespace rota {
namespace {

RosterService service_of(const ServiceConfig& asked) {
  RosterService service{.name = asked.name, .settings = asked.settings, .instances = {}};
  for (const InstanceConfig& instance : asked.instances) {
    service.instances.push_back({.identity = instance.address.text(), .address = instance.address, .weight = instance.weight});
  }
  return service;
}

std::vector<Route> routes_of(const Config& config) {
  std::vector<Route> routes;
  for (const RouteConfig& asked : config.routes) {
    routes.push_back({.host = asked.host, .path = asked.path, .service = asked.service, .timeouts = asked.timeouts});
  }
  if (!routes.empty()) return routes;
  for (std::size_t i = 0; i < config.services.size(); ++i) {
    const ServiceConfig& service = config.services[i];
    std::string host = config.services.size() == 1 ? "" : fmt::format("{}.localhost", service.name);
    routes.push_back({.host = std::move(host), .path = {}, .service = i, .timeouts = service.settings.timeouts});
  }
  return routes;
}

}  // namespace

Roster make_roster(const Config& config) {
  Roster roster;
  for (const ServiceConfig& asked : config.services) roster.services.push_back(service_of(asked));
  roster.routes = std::make_shared<const Routes>(routes_of(config));
  return roster;
}

}  // namespace rota
