#include "config/make_snapshot.h"

#include <fmt/format.h>

#include "balance/make_strategy.h"

namespace rota {
namespace {

std::shared_ptr<const Service> make_service(const ServiceConfig& asked, std::uint32_t& slot) {
  auto service = std::make_shared<Service>();
  service->name = asked.name;
  service->settings = asked.settings;
  std::vector<std::uint32_t> weights;
  for (const InstanceConfig& instance : asked.instances) {
    service->instances.push_back(std::make_shared<const Instance>(
        Instance{.identity = instance.address.text(), .address = instance.address, .weight = instance.weight, .slot = slot++}));
    weights.push_back(instance.weight);
  }
  service->strategy = make_strategy(asked.settings.strategy, weights, std::make_shared<Hand>());
  return service;
}

using Services = std::vector<std::shared_ptr<const Service>>;

std::vector<Route> routes_of(const Config& config, const Services& services) {
  std::vector<Route> routes;
  for (const RouteConfig& asked : config.routes) {
    routes.push_back({.host = asked.host, .path = asked.path, .service = services[asked.service], .timeouts = asked.timeouts});
  }
  if (!routes.empty()) return routes;
  for (const auto& service : services) {
    std::string host = services.size() == 1 ? "" : fmt::format("{}.localhost", service->name);
    routes.push_back({.host = std::move(host), .path = {}, .service = service, .timeouts = service->settings.timeouts});
  }
  return routes;
}

}  // namespace

std::shared_ptr<const Snapshot> make_snapshot(const Config& config, std::uint64_t generation) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = generation;
  std::uint32_t slot = 0;
  for (const ServiceConfig& asked : config.services) snapshot->services.push_back(make_service(asked, slot));
  snapshot->routes = Routes(routes_of(config, snapshot->services));
  return snapshot;
}

}  // namespace rota
