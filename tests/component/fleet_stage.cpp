#include "tests/component/fleet_stage.h"

#include <algorithm>

#include "proxy/rescue.h"

namespace rota::test {
namespace {

Task<void> sleep(Reactor& reactor, Deadline until) { co_await reactor.sleep_until(until); }

// Its places in the wheel are not for the test to see; who is never picked has none.
bool has_a_turn(const Service& service, InstanceIndex instance) {
  Tried others;
  for (InstanceIndex i = 0; i < service.instances.size(); ++i) {
    if (i != instance) others.add(i);
  }
  Rng rng(1);
  return service.strategy->pick(others, rng).has_value();
}

}  // namespace

FleetStage::FleetStage(std::size_t instances, const ServiceSettings& settings, std::uint64_t seed)
    : network_(clock_),
      reactor_(clock_, network_),
      dialer_(network_),
      own_buffers_(16 * 1024),
      checker_(reactor_, dialer_, seed),
      events_([](LogLevel, std::string_view) {}),
      manager_({.reactor = reactor_,
                .health = checker_,
                .monitor = nullptr,
                .events = events_,
                .workers = 1,
                .seed = seed + 1,
                .token_of = error_token}) {
  network_.run_on(reactor_);
  RosterService service{.name = "app", .settings = settings, .instances = {}};
  for (std::size_t i = 0; i < instances; ++i) {
    const Address address{.family = Address::Family::ipv4, .port = static_cast<std::uint16_t>(9001 + i), .host = "192.0.2.10"};
    instances_.push_back(std::make_unique<FailingInstance>(network_, dialer_, actors_, own_buffers_, address, seed + 10 + i));
    service.instances.push_back({.identity = address.text(), .address = address});
  }
  std::vector<Route> routes{{.host = {}, .path = {}, .service = 0, .timeouts = settings.timeouts}};
  worker_ = std::make_unique<Worker>(Worker::Parts{.reactor = reactor_,
                                                   .dialer = dialer_,
                                                   .limits = limits_,
                                                   .connections = connections_,
                                                   .access_log = nullptr,
                                                   .seed = seed + 2,
                                                   .news = &manager_});
  manager_.publish_to([this](const Publication& publication) { reactor_.mailbox().post([this, publication] { published(publication); }); });
  manager_.replace({.services = {std::move(service)}, .routes = std::make_shared<const Routes>(std::move(routes))});
  auto listener = std::make_unique<MemoryListener>(network_);
  listener_ = listener.get();
  run_for(std::chrono::milliseconds{100});
  worker_->serve(std::move(listener));
  most_out = half_rule_broken = 0;
}

void FleetStage::published(const Publication& publication) {
  worker_->publish(publication);
  most_out = std::max(most_out, out());
  std::size_t alive = 0;
  std::size_t taken_out = 0;
  for (const InstanceView& view : shown()) {
    const bool is_alive = view.condition != InstanceCondition::failing && view.condition != InstanceCondition::starting;
    if (!is_alive) continue;
    ++alive;
    if (!view.in_service) ++taken_out;
  }
  if (taken_out > alive / 2) ++half_rule_broken;
}

std::size_t FleetStage::out() const {
  std::size_t count = 0;
  for (InstanceIndex i = 0; i < service().instances.size(); ++i) count += has_a_turn(service(), i) ? 0 : 1;
  return count;
}

std::vector<InstanceView> FleetStage::shown() {
  FleetView view;
  manager_.describe(view);
  return std::move(view.services[0].instances);
}

void FleetStage::run_for(Duration duration) {
  TaskGroup waiting;
  waiting.spawn(sleep(reactor_, Deadline::at(clock_.now() + duration)));
  run_until([&waiting] { return waiting.running() == 0; });
}

std::string FleetStage::finish() {
  worker_->leave();
  run_until([this] { return worker_->tasks().running() == 0; });
  manager_.end();
  checker_.end();
  for (const auto& instance : instances_) instance->become(Trouble::killed);
  worker_->end_all();  // what rests unused
  run_until([this] { return checker_.running() == 0 && actors_.running() == 0; });
  std::string left;
  if (worker_->buffers().taken() != 0) left += "a buffer has leaked\n";
  if (connections_.open.load() != 0) left += "a connection is still counted\n";
  if (service().state->retries.taken() != 0) left += "a share of the retry budget was not given back\n";
  if (totals().in_flight != 0) left += "a request is still counted\n";
  for (const auto& instance : service().instances) {
    const InstanceTotals totals = totals_of(*instance->state);
    if (totals.in_flight != 0 || totals.waiting != 0 || totals.waiting_since != 0 || totals.oldest != 0)
      left += "an attempt is still counted\n";
    if (instance->state->held.load() != 0) left += "a place is still held\n";
  }
  return left;
}

}  // namespace rota::test
