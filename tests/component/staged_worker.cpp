#include "tests/component/staged_worker.h"

#include "control/make_service.h"

namespace rota::test {

std::shared_ptr<const Snapshot> snapshot_of(const Roster& roster, const std::shared_ptr<Slots>& slots) {
  auto snapshot = std::make_shared<Snapshot>();
  for (const RosterService& service : roster.services) {
    std::vector<std::shared_ptr<InstanceState>> states;
    for (std::size_t i = 0; i < service.instances.size(); ++i) states.push_back(std::make_shared<InstanceState>(slots, 1));
    const std::vector<InstanceShare> shares(states.size());
    snapshot->services.push_back(make_service(service, std::make_shared<ServiceState>(1), states, shares));
  }
  snapshot->routes = roster.routes;
  return snapshot;
}

std::shared_ptr<const Snapshot> empty_snapshot() {
  return snapshot_of({.services = {}, .routes = std::make_shared<const Routes>()}, nullptr);
}

StagedWorker::StagedWorker(std::size_t instances, const Limits& limits_of_all, const Timeouts& timeouts,
                           const AccessLog::Settings* log_settings)
    : network(clock), reactor(clock, network), dialer(network), limits(limits_of_all) {
  network.run_on(reactor);
  RosterService service{.name = "app", .settings = {}, .instances = {}};
  service.settings.timeouts = timeouts;
  for (std::size_t i = 0; i < instances; ++i) {
    const Address address{.family = Address::Family::ipv4, .port = static_cast<std::uint16_t>(9001 + i), .host = "192.0.2.10"};
    addresses.push_back(address);
    service.instances.push_back({.identity = address.text(), .address = address});
    dialer.announce(address, nullptr);
  }
  std::vector<Route> routes{{.host = {}, .path = {}, .service = 0, .timeouts = timeouts}};
  const Roster roster{.services = {std::move(service)}, .routes = std::make_shared<const Routes>(std::move(routes))};

  if (log_settings != nullptr) access_log.emplace(*log_settings);
  worker = std::make_unique<Worker>(Worker::Parts{.reactor = reactor,
                                                  .dialer = dialer,
                                                  .limits = limits,
                                                  .connections = connections,
                                                  .access_log = access_log ? &*access_log : nullptr,
                                                  .seed = 1});
  worker->publish({.snapshot = snapshot_of(roster, std::make_shared<Slots>())});
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
