// One service as the control thread sees it: its instances, what each of them gets, and the Service that was last built from that.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "balance/fleet_rule.h"
#include "control/counted.h"
#include "control/recent.h"
#include "control/watched_instance.h"
#include "model/roster.h"

namespace rota {

class WatchedService {
 public:
  WatchedService(RosterService asked, std::shared_ptr<ServiceState> state, TimePoint now);
  WatchedService(const WatchedService&) = delete;
  WatchedService& operator=(const WatchedService&) = delete;

  const std::string& name() const { return asked_.name; }
  const ServiceSettings& settings() const { return asked_.settings; }
  const std::shared_ptr<ServiceState>& state() const { return state_; }
  const std::vector<std::unique_ptr<WatchedInstance>>& instances() const { return instances_; }

  // Its settings and instances are these now; `make` makes the state of each that was not there. Returns those that are gone.
  using Make = std::function<std::shared_ptr<InstanceState>()>;
  std::vector<std::unique_ptr<WatchedInstance>> ask(RosterService asked, const Make& make);

  // Who is in, and with how much, by what is known now. True: it is another distribution than before.
  bool share_out(TimePoint now);
  // Somebody is in service.
  bool has_anybody() const;
  // By share_out(), in the order of the instances.
  const std::vector<InstanceShare>& shares() const { return shares_; }
  // As of the last share_out(); the same object as long as nothing has changed.
  std::shared_ptr<const Service> service();

  // All instances that it began with have had their first probe, or have had the time for it.
  bool is_settled() const { return is_settled_; }
  void settle(TimePoint now);

  // Once a second: for what recent() says.
  void judge(TimePoint now);
  // All but what its instances say.
  void describe(ServiceView& view, TimePoint now, ErrorToken token_of) const;
  RecentCounts recent(TimePoint now) const { return recent(totals_of(*state_), now); }

 private:
  RecentCounts recent(const ServiceTotals& totals, TimePoint now) const;
  struct Window {
    TimePoint at{};
    std::uint64_t count = 0;
    std::uint64_t errors = 0;
    HistogramSum duration;
  };

  RosterService asked_;
  const std::shared_ptr<ServiceState> state_;
  std::vector<std::unique_ptr<WatchedInstance>> instances_;
  std::vector<InstanceShare> shares_;
  std::vector<FleetMember> members_;  // both: room for share_out()
  std::vector<InstanceShare> next_shares_;
  std::vector<bool> out_;
  std::shared_ptr<const Service> service_;  // null: it has to be built anew
  const TimePoint began_;
  bool is_settled_ = false;
  ServiceTotals totals_;
  Window last_window_;
  Window window_before_;
};

}  // namespace rota
