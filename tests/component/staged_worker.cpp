#include "tests/component/staged_worker.h"

#include "balance/make_strategy.h"

namespace rota::test {

StagedWorker::StagedWorker(std::size_t instances, const Limits& limits_of_all, const Timeouts& timeouts,
                           const AccessLog::Settings* log_settings)
    : network(clock), reactor(clock, network), dialer(network), limits(limits_of_all) {
  network.run_on(reactor);
  auto service = std::make_shared<Service>();
  service->name = "app";
  service->settings.timeouts = timeouts;
  for (std::size_t i = 0; i < instances; ++i) {
    const Address address{.family = Address::Family::ipv4, .port = static_cast<std::uint16_t>(9001 + i), .host = "192.0.2.10"};
    addresses.push_back(address);
    service->instances.push_back(
        std::make_shared<const Instance>(Instance{.identity = address.text(), .address = address, .slot = static_cast<std::uint32_t>(i)}));
    dialer.announce(address, nullptr);
  }
  const std::vector<std::uint32_t> weights(instances, 1);
  service->strategy = make_strategy(StrategyKind::round_robin, weights, std::make_shared<Hand>());
  auto snapshot = std::make_shared<Snapshot>();
  std::vector<Route> routes;
  routes.push_back({.host = {}, .path = {}, .service = service, .timeouts = timeouts});
  snapshot->routes = Routes(std::move(routes));
  snapshot->services.push_back(std::move(service));

  if (log_settings != nullptr) access_log.emplace(*log_settings);
  worker = std::make_unique<Worker>(reactor, dialer, limits, connections, access_log ? &*access_log : nullptr, 1);
  worker->publish(std::move(snapshot));
  auto own_listener = std::make_unique<MemoryListener>(network);
  listener = own_listener.get();
  worker->serve(std::move(own_listener));
}

std::string StagedWorker::left_behind() const {
  std::string left;
  if (worker->tasks().running() != 0) left += "a task still runs\n";
  if (worker->buffers().taken() != 0) left += "a buffer has leaked\n";
  if (connections.open.load() != 0) left += "a connection is still counted\n";
  return left;
}

}  // namespace rota::test
