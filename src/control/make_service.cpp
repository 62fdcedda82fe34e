#include "control/make_service.h"

#include "balance/make_strategy.h"

namespace rota {

std::shared_ptr<const Service> make_service(const RosterService& asked, std::shared_ptr<ServiceState> state,
                                            std::span<const std::shared_ptr<InstanceState>> instances,
                                            std::span<const InstanceShare> shares) {
  auto service = std::make_shared<Service>();
  service->name = asked.name;
  service->settings = asked.settings;
  std::vector<std::uint32_t> weights;
  for (std::size_t i = 0; i < asked.instances.size(); ++i) {
    const RosterInstance& instance = asked.instances[i];
    service->instances.push_back(std::make_shared<const Instance>(Instance{.identity = instance.identity,
                                                                           .address = instance.address,
                                                                           .kept_in = shares[i].kept_in,
                                                                           .last_resort = shares[i].last_resort,
                                                                           .state = instances[i]}));
    weights.push_back(instance.weight * shares[i].percent);
  }
  service->strategy = make_strategy(asked.settings.strategy, weights, state->hand);
  service->state = std::move(state);
  return service;
}

}  // namespace rota
