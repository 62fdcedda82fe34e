#include "config/make_snapshot.h"

#include "balance/make_strategy.h"

namespace rota {

std::shared_ptr<const Snapshot> make_snapshot(const Config& config, std::uint64_t generation) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = generation;
  std::uint32_t slot = 0;
  for (const ServiceConfig& asked : config.services) {
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
    snapshot->services.push_back(std::move(service));
  }
  return snapshot;
}

}  // namespace rota
