#include "control/instance_manager.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/recent.h"

namespace rota {

// The changes of a few milliseconds go out together.
class InstanceManager::Publishing final : private Timer {
 public:
  explicit Publishing(InstanceManager& manager) : manager_(manager) {}
  void soon() {
    if (!is_set()) manager_.reactor_.timers().set(*this, manager_.reactor_.now() + kCoalesce);
  }

 private:
  void expired() override { manager_.publish(); }
  InstanceManager& manager_;
};

InstanceManager::InstanceManager(const Parts& parts)
    : reactor_(parts.reactor),
      health_(parts.health),
      monitor_(parts.monitor),
      events_(parts.events),
      workers_(parts.workers),
      token_of_(parts.token_of),
      rng_(parts.seed),
      publishing_(std::make_unique<Publishing>(*this)) {
  health_.report_to([this](const std::string& key, const ProbeResult& result) { probed(key, result); });
  reactor_.timers().set(*this, reactor_.now() + kLook);
}

InstanceManager::~InstanceManager() = default;

std::string InstanceManager::key_of(const WatchedService& service, const WatchedInstance& instance) {
  return fmt::format("{}/{}", service.name(), instance.asked().identity);
}

InstanceView InstanceManager::begin_view(const std::string& key, const Known& known) {
  InstanceView view;
  view.id = key;
  view.service = known.service->name();
  view.condition = known.shown;
  view.since = known.since;
  return view;
}

// ---- what there is

// In a service that is about to go: it has only been renamed, or its instances have been dealt out anew.
const WatchedInstance* InstanceManager::same_instance(const WatchedInstance& instance, const Services& leaving) {
  for (const auto& service : leaving) {
    if (!service || !(service->settings().health == instance.settings().health)) continue;
    for (const auto& other : service->instances()) {
      if (other->asked().address == instance.asked().address) return other.get();
    }
  }
  return nullptr;
}

void InstanceManager::replace(Roster roster) {
  if (has_ended_) return;
  Services before = std::exchange(services_, {});
  for (RosterService& asked : roster.services) {
    const auto same = std::ranges::find_if(before, [&asked](const auto& service) { return service && service->name() == asked.name; });
    if (same == before.end()) {
      services_.push_back(std::make_unique<WatchedService>(asked, std::make_shared<ServiceState>(workers_), reactor_.now()));
    } else {
      services_.push_back(std::move(*same));
    }
    take_up(*services_.back(), std::move(asked), before);
  }
  for (const auto& service : before) {
    if (service) retire(*service);
  }
  routes_ = std::move(roster.routes);
  if (snapshot_) {
    publish_soon();
  } else {
    publish();
  }
}

void InstanceManager::take_up(WatchedService& service, RosterService asked, const Services& leaving) {
  const auto gone = service.ask(std::move(asked), [this] { return std::make_shared<InstanceState>(slots_, workers_); });
  for (const auto& instance : gone) forget(key_of(service, *instance));
  for (const auto& instance : service.instances()) {
    const std::string key = key_of(service, *instance);
    const auto [known, is_new] = known_.try_emplace(key, Known{.service = &service, .instance = instance.get()});
    if (is_new) {
      std::erase_if(gone_, [&key](const Gone& gone) { return gone.view.id == key; });
      if (const WatchedInstance* same = same_instance(*instance, leaving)) instance->inherit(*same);
      known->second.shown = instance->condition(reactor_.now());
      known->second.since = reactor_.wall();
      keys_[instance->state().get()] = key;
      if (service.is_settled()) instance->ramp(reactor_.now());
    }
    watch(key, known->second);
  }
  service.settle(reactor_.now());
  service.share_out(reactor_.now());
  for (const auto& instance : gone) give_up(service, *instance);
}

void InstanceManager::watch(const std::string& key, const Known& known) {
  const HealthSettings& health = known.service->settings().health;
  ProbeTarget target{.key = key, .address = known.instance->asked().address, .settings = health};
  if (health.port != 0 && target.address.family != Address::Family::unix_path)
    target.address.port = static_cast<std::uint16_t>(health.port);
  health_.watch(std::move(target));
}

// No source names it any more. What is still under way there may end.
void InstanceManager::forget(const std::string& key) {
  const auto found = known_.find(key);
  if (found == known_.end()) return;
  const Known& known = found->second;
  InstanceView view = begin_view(key, known);
  view.gone = true;
  known.instance->describe(view, reactor_.now());
  gone_.push_back({.view = std::move(view), .at = reactor_.now()});
  if (gone_.size() > kMostGone) gone_.pop_front();
  events_.add({.at = reactor_.wall(),
               .type = "instance_gone",
               .service = known.service->name(),
               .instance = known.instance->asked().identity,
               .text = fmt::format("{}: {} is gone", known.service->name(), known.instance->asked().identity)});
  health_.forget(key);
  keys_.erase(known.instance->state().get());
  known_.erase(found);
}

void InstanceManager::retire(WatchedService& service) {
  for (const auto& instance : service.instances()) forget(key_of(service, *instance));
}

// ---- what happens

void InstanceManager::probed(const std::string& key, const ProbeResult& result) {
  const auto found = known_.find(key);
  if (found == known_.end()) return;
  WatchedInstance& instance = *found->second.instance;
  const bool was_starting = instance.is_starting();
  instance.probed(result.passed, result.what, result.took, reactor_.now(), reactor_.wall(), rng_);
  if (was_starting && !instance.is_starting() && found->second.service->is_settled()) instance.ramp(reactor_.now());
  found->second.service->settle(reactor_.now());
  update(key, found->second);
}

void InstanceManager::refused(const std::shared_ptr<InstanceState>& instance) {
  if (instance->reported.exchange(true)) return;
  reactor_.mailbox().post([this, instance] { heard_of_refusal(instance); });
}

// Where probes are off nobody asks: what one of them found would be in force for ever, because no other follows it.
void InstanceManager::ask_at_once(const Known& known, const std::string& key) {
  if (known.service->settings().health.interval > Duration::zero()) health_.probe_now(key);
}

void InstanceManager::heard_of_refusal(const std::shared_ptr<InstanceState>& state) {
  state->reported.store(false);
  const auto key = keys_.find(state.get());
  if (key == keys_.end() || has_ended_) return;
  Known& known = known_.at(key->second);
  known.instance->refused(reactor_.now());
  ask_at_once(known, key->second);
  update(key->second, known);
}

void InstanceManager::expired() {
  if (has_ended_) return;
  reactor_.timers().set(*this, reactor_.now() + kLook);
  look_at_all();
}

void InstanceManager::look_at_all() {
  const TimePoint now = reactor_.now();
  const bool judges = ++looks_ % kLooksAJudgement == 0;
  for (auto& [key, known] : known_) {
    const bool was_suspect = known.instance->is_suspect();
    known.instance->look(now, monitor_ != nullptr ? monitor_->reading(known.instance->asked().identity) : std::nullopt, rng_);
    if (judges) known.instance->judge(now);
    if (!was_suspect && known.instance->is_suspect()) ask_at_once(known, key);
    update(key, known);
  }
  for (const auto& service : services_) {
    if (judges) service->judge(now);
    service->settle(now);
    if (service->share_out(now)) publish_soon();
  }
  while (!gone_.empty() && now - gone_.front().at > kGoneShown) gone_.pop_front();
}

// Behind whatever may have changed an instance's condition.
void InstanceManager::update(const std::string& key, Known& known) {
  if (known.instance->wants_fast_probes() != known.is_fast) {
    known.is_fast = !known.is_fast;
    health_.set_fast(key, known.is_fast);
  }
  const InstanceCondition now = known.instance->condition(reactor_.now());
  if (now == known.shown) return;
  const InstanceCondition before = std::exchange(known.shown, now);
  known.since = reactor_.wall();
  announce(known, before);
  if (known.service->share_out(reactor_.now())) publish_soon();
  if (known.instance->is_dead()) give_up(*known.service, *known.instance);
}

// What waits for it goes elsewhere, where there is an elsewhere. It may have been out before, so that nothing else has to be published.
void InstanceManager::give_up(const WatchedService& service, const WatchedInstance& instance) {
  if (!service.has_anybody()) return;
  lost_.push_back(instance.state());
  publish_soon();
}

void InstanceManager::announce(const Known& known, InstanceCondition before) {
  const InstanceCondition now = known.shown;
  const bool is_good = now == InstanceCondition::healthy;
  const std::string reason = known.instance->reason(reactor_.now());
  const std::string& identity = known.instance->asked().identity;
  std::string text = fmt::format("{}: {} is {}", known.service->name(), identity, name_of(now));
  if (is_good && before != InstanceCondition::starting) text += fmt::format(" again, it was {}", name_of(before));
  if (!reason.empty()) text += fmt::format(" ({})", reason);
  InstanceView view;
  known.instance->describe(view, reactor_.now());
  Event event{.at = reactor_.wall(),
              .level = is_good || now == InstanceCondition::starting ? LogLevel::info : LogLevel::warn,
              .type = fmt::format("instance_{}", name_of(now)),
              .service = known.service->name(),
              .instance = identity,
              .text = std::move(text)};
  event.numbers.emplace_back("in_flight", static_cast<double>(view.in_flight));
  if (view.latency_average) event.numbers.emplace_back("latency_average", std::chrono::duration<double>(*view.latency_average).count());
  if (view.cpu) event.numbers.emplace_back("cpu", *view.cpu);
  if (view.memory) event.numbers.emplace_back("memory", *view.memory);
  events_.add(std::move(event));
}

bool InstanceManager::is_settled() const {
  return std::ranges::all_of(services_, [](const auto& service) { return service->is_settled(); });
}

// ---- what follows

void InstanceManager::publish_soon() { publishing_->soon(); }

void InstanceManager::publish() {
  if (has_ended_) return;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = ++generation_;
  for (const auto& service : services_) snapshot->services.push_back(service->service());
  snapshot->routes = routes_;
  snapshot_ = std::move(snapshot);
  if (publish_) publish_({.snapshot = snapshot_, .lost = std::exchange(lost_, {})});
}

void InstanceManager::describe(const WatchedService& service, ServiceView& view) const {
  const TimePoint now = reactor_.now();
  service.describe(view, now, token_of_);
  double sum = 0;
  for (std::size_t i = 0; i < service.instances().size(); ++i) sum += service.shares()[i].percent * service.instances()[i]->asked().weight;
  for (std::size_t i = 0; i < service.instances().size(); ++i) {
    const WatchedInstance& instance = *service.instances()[i];
    const std::string key = key_of(service, instance);
    const Known& known = known_.at(key);
    InstanceView shown = begin_view(key, known);
    shown.reason = instance.reason(now);
    shown.in_service = service.shares()[i].percent > 0;
    shown.share = sum > 0 ? service.shares()[i].percent * instance.asked().weight / sum : 0;
    if (shown.in_service && instance.badness(now) > 0)
      shown.reason += "; kept in with a tenth of its weight, because too few would be left";
    instance.describe(shown, now);
    view.instances.push_back(std::move(shown));
  }
  for (const Gone& gone : gone_) {
    if (gone.view.service == service.name()) view.instances.push_back(gone.view);
  }
}

void InstanceManager::describe(FleetView& view) {
  view.generation = generation_;
  RecentCounts recent;
  for (const auto& service : services_) {
    describe(*service, view.services.emplace_back());
    view.in_flight += view.services.back().in_flight;
    recent.add(service->recent(reactor_.now()));
  }
  view.recent = recent_of(recent);
  for (const Route& route : routes_->all()) {
    view.routes.push_back({.host = route.host, .path = route.path, .service = services_[route.service]->name()});
  }
}

void InstanceManager::end() {
  has_ended_ = true;
  cancel();
}

}  // namespace rota
