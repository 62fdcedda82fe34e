// A whole rota on the in-memory network and one manual clock: a worker, the InstanceManager and its HealthChecker, before instances that fail as they are told. What
// the tests of failing fleets stand on. It has no clients of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "control/instance_manager.h"
#include "proxy/worker.h"
#include "tests/component/failing_instance.h"

namespace rota::test {

class FleetStage {
 public:
  // Everybody is in service when it is made.
  FleetStage(std::size_t instances, const ServiceSettings& settings, std::uint64_t seed);
  FleetStage(const FleetStage&) = delete;
  FleetStage& operator=(const FleetStage&) = delete;

  // Turns until `done()`. Ends the process where the fleet spins without time going on, or where it takes more than an hour.
  template <class Done>
  void run_until(Done done) {
    const TimePoint from = clock_.now();
    for (int turns = 0; !done(); ++turns) {
      const TimePoint before = clock_.now();
      reactor_.turn();
      if (clock_.now() != before) turns = 0;
      CHECK(turns < kMostTurns && clock_.now() - from < std::chrono::hours{1});
    }
  }
  void run_for(Duration duration);
  // Drains the worker, ends the control plane and the instances. In words, what is left where nothing may be any more; empty: nothing.
  std::string finish();

  std::unique_ptr<Stream> connect() { return listener_->arrive(); }
  std::vector<std::unique_ptr<FailingInstance>>& instances() { return instances_; }
  // As the page and the API show them.
  std::vector<InstanceView> shown();
  ServiceTotals totals() const { return totals_of(*service().state); }
  // How many get no turn by the snapshot in force, and the most that there were at once since this was set to 0.
  std::size_t out() const;
  std::size_t most_out = 0;
  // Of those that rota itself takes to be alive, more than half were out by being slow or open.
  std::size_t half_rule_broken = 0;

  ManualClock& clock() { return clock_; }
  Reactor& reactor() { return reactor_; }
  BufferPool& own_buffers() { return own_buffers_; }
  TaskGroup& actors() { return actors_; }
  Events& events() { return events_; }

 private:
  static constexpr int kMostTurns = 20'000;
  void published(const Publication& publication);
  const Service& service() const { return *worker_->snapshots().in_force()->services[0]; }

  ManualClock clock_;
  MemoryNetwork network_;
  Reactor reactor_;
  MemoryDialer dialer_;
  BufferPool own_buffers_;
  TaskGroup actors_;
  std::vector<std::unique_ptr<FailingInstance>> instances_;
  HealthChecker checker_;
  Events events_;
  InstanceManager manager_;
  Limits limits_;
  ConnectionCount connections_;
  std::unique_ptr<Worker> worker_;
  MemoryListener* listener_ = nullptr;  // the worker's own
};

}  // namespace rota::test
