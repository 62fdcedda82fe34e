// Sources in, snapshots out. Knows every service and every instance under its identity, hears of probes, counts and readings, decides who serves, and publishes that to
// the workers. There is one in the process, on the control thread.
// Invariants: (1) what is known of an instance goes when its identity does, and not before; (2) each change of an instance's condition is one Event; (3) a change is
// published within kCoalesce.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "control/events.h"
#include "control/health_checker.h"
#include "control/watched_service.h"
#include "model/instance_news.h"
#include "model/snapshot.h"

namespace rota {

class InstanceManager final : public InstanceNews, private Timer {
 public:
  static constexpr Duration kCoalesce = std::chrono::milliseconds{2};
  static constexpr Duration kLook = std::chrono::milliseconds{100};
  static constexpr int kLooksAJudgement = 10;
  static constexpr Duration kGoneShown = std::chrono::minutes{10};
  static constexpr std::size_t kMostGone = 1000;

  struct Parts {
    Reactor& reactor;
    HealthChecker& health;
    SystemMonitor* monitor;  // null: nobody knows
    Events& events;
    std::size_t workers;
    std::uint64_t seed;
    ErrorToken token_of;
  };
  using Publish = std::move_only_function<void(const Publication&)>;

  // All of the parts outlive it.
  explicit InstanceManager(const Parts& parts);
  ~InstanceManager() override;

  // What is published from here on goes there, too; once, before the first roster.
  void publish_to(Publish publish) { publish_ = std::move(publish); }
  // The first one begins everything.
  void replace(Roster roster);
  // In force, or about to be.
  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  // Each service has had its first round of probes, or the time for it.
  bool is_settled() const;
  // At once, what would be in a few milliseconds: for the first worker, which shall not begin with an older view.
  void publish();

  void refused(const std::shared_ptr<InstanceState>& instance) override;

  // Services, their instances, and the sums over all.
  void describe(FleetView& view);
  // It decides nothing any more.
  void end();

 private:
  // By its key, which is service/identity.
  struct Known {
    WatchedService* service;
    WatchedInstance* instance;
    InstanceCondition shown = InstanceCondition::starting;
    WallTime since{};
    bool is_fast = false;  // as its probes are
  };
  struct Gone {
    InstanceView view;
    TimePoint at;
  };
  class Publishing;

  void expired() override;
  void look_at_all();
  void probed(const std::string& key, const ProbeResult& result);
  void ask_at_once(const Known& known, const std::string& key);
  void heard_of_refusal(const std::shared_ptr<InstanceState>& instance);
  using Services = std::vector<std::unique_ptr<WatchedService>>;
  static const WatchedInstance* same_instance(const WatchedInstance& instance, const Services& leaving);
  void take_up(WatchedService& service, RosterService asked, const Services& leaving);
  void watch(const std::string& key, const Known& known);
  void forget(const std::string& key);
  void retire(WatchedService& service);
  void update(const std::string& key, Known& known);
  void announce(const Known& known, InstanceCondition before);
  void give_up(const WatchedService& service, const WatchedInstance& instance);
  void publish_soon();
  void describe(const WatchedService& service, ServiceView& view) const;
  static InstanceView begin_view(const std::string& key, const Known& known);
  static std::string key_of(const WatchedService& service, const WatchedInstance& instance);

  Reactor& reactor_;
  HealthChecker& health_;
  SystemMonitor* const monitor_;
  Events& events_;
  const std::size_t workers_;
  const ErrorToken token_of_;
  Rng rng_;
  Publish publish_;
  const std::shared_ptr<Slots> slots_ = std::make_shared<Slots>();

  std::vector<std::unique_ptr<WatchedService>> services_;  // in the roster's order
  std::map<std::string, Known> known_;
  std::map<const InstanceState*, std::string> keys_;
  std::shared_ptr<const Routes> routes_ = std::make_shared<const Routes>();
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<std::shared_ptr<InstanceState>> lost_;
  std::deque<Gone> gone_;
  std::uint64_t generation_ = 0;
  int looks_ = 0;
  std::unique_ptr<Publishing> publishing_;
  bool has_ended_ = false;
};

}  // namespace rota
