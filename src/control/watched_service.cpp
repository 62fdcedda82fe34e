#include "control/watched_service.h"

#include <algorithm>

#include "balance/fleet_rule.h"
#include "balance/strategy_kind.h"
#include "control/counted.h"
#include "control/recent.h"

namespace rota {

WatchedService::WatchedService(RosterService asked, std::shared_ptr<ServiceState> state, TimePoint now)
    : asked_{.name = std::move(asked.name), .settings = std::move(asked.settings), .instances = {}},
      state_(std::move(state)),
      began_(now) {}

std::vector<std::unique_ptr<WatchedInstance>> WatchedService::ask(RosterService asked, const Make& make) {
  std::vector<std::unique_ptr<WatchedInstance>> before = std::exchange(instances_, {});
  std::vector<bool> were_out = std::exchange(out_, {});
  were_out.resize(before.size(), false);
  const bool is_as_before = asked.settings == asked_.settings && asked.instances == asked_.instances;
  asked_ = std::move(asked);
  for (const RosterInstance& wanted : asked_.instances) {
    const auto known = std::ranges::find_if(before, [&wanted](const auto& instance) {
      return instance && instance->asked().identity == wanted.identity && instance->asked().address == wanted.address;
    });
    if (known == before.end()) {
      instances_.push_back(std::make_unique<WatchedInstance>(wanted, asked_.settings, make()));
      out_.push_back(false);
    } else {
      (*known)->ask(wanted);
      out_.push_back(were_out[static_cast<std::size_t>(known - before.begin())]);
      instances_.push_back(std::move(*known));
    }
  }
  std::erase(before, nullptr);
  if (!is_as_before) service_ = nullptr;
  return before;
}

bool WatchedService::share_out(TimePoint now) {
  std::vector<FleetMember> members;
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    members.push_back({.could_serve = instances_[i]->could_serve(), .badness = instances_[i]->badness(now), .is_out = out_[i]});
  }
  out_ = taken_out(members);
  std::vector<InstanceShare> shares;
  for (std::size_t i = 0; i < instances_.size(); ++i) shares.push_back(instances_[i]->share(out_[i], now));
  if (shares == shares_ && service_) return false;
  shares_ = std::move(shares);
  service_ = nullptr;
  return true;
}

bool WatchedService::has_anybody() const {
  return std::ranges::any_of(shares_, [](const InstanceShare& share) { return share.percent > 0; });
}

std::shared_ptr<const Service> WatchedService::service() {
  if (!service_) {
    std::vector<std::shared_ptr<InstanceState>> states;
    for (const auto& instance : instances_) states.push_back(instance->state());
    service_ = make_service(asked_, state_, states, shares_);
  }
  return service_;
}

void WatchedService::settle(TimePoint now) {
  if (is_settled_) return;
  const bool had_time = now - began_ >= settings().health.timeout;
  const bool all_looked_at = std::ranges::all_of(instances_, [](const auto& instance) { return instance->has_been_looked_at(); });
  is_settled_ = had_time || all_looked_at;
}

void WatchedService::judge(TimePoint now) {
  totals_ = totals_of(*state_);
  if (now - last_window_.at < kRecentWindow) return;
  window_before_ = std::exchange(last_window_,
                                 Window{.at = now, .count = totals_.count(), .errors = totals_.errors_5xx(), .duration = totals_.duration});
}

RecentCounts WatchedService::recent(const ServiceTotals& totals, TimePoint now) const {
  const bool is_young = now - last_window_.at < kRecentWindow / 2 && window_before_.at != TimePoint{};
  const Window& since = is_young ? window_before_ : last_window_;
  return {.count = totals.count() - since.count,
          .errors = totals.errors_5xx() - since.errors,
          .durations = totals.duration.since(since.duration),
          .length = now - since.at};
}

void WatchedService::describe(ServiceView& view, TimePoint now, ErrorToken token_of) const {
  const ServiceTotals totals = totals_of(*state_);
  view.name = asked_.name;
  view.strategy = std::ranges::find(kStrategies, asked_.settings.strategy, &StrategyName::kind)->name;
  view.in_flight = totals.in_flight;
  view.queued = static_cast<std::int64_t>(state_->queued.load(std::memory_order_relaxed));
  view.recent = recent_of(recent(totals, now));
  view.requests = requests_of(totals);
  view.errors = errors_of(totals, token_of);
  view.retries = retries_of(totals);
  view.duration = totals.duration;
}

}  // namespace rota
