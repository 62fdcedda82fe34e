// Everything that the control thread knows of one instance, and what follows from it: its condition with the reason, and what share of its weight it gets. Pure: time,
// probes, counts and readings are handed in, and nothing goes out but answers to questions. One for each identity of a service.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "balance/peak_ewma.h"
#include "control/fleet_view.h"
#include "control/health_count.h"
#include "control/make_service.h"
#include "control/system_monitor.h"
#include "control/threshold.h"
#include "control/totals.h"
#include "model/roster.h"

namespace rota {

class WatchedInstance {
 public:
  // `settings` is its service's, and outlives it; they may change.
  WatchedInstance(RosterInstance asked, const ServiceSettings& settings, std::shared_ptr<InstanceState> state);

  // What there is to know of it has changed, but not who it is.
  void ask(RosterInstance asked);
  const RosterInstance& asked() const { return asked_; }
  const ServiceSettings& settings() const { return settings_; }
  const std::shared_ptr<InstanceState>& state() const { return state_; }

  // Another service has known it by the same address and the same probe: what that found holds here, too.
  void inherit(const WatchedInstance& other);

  // ---- what happens. Each may change its condition.
  void probed(bool passed, const std::string& what, Duration took, TimePoint now, WallTime wall, Rng& rng);
  // An attempt found nobody listening: as good as a failed probe.
  void refused(TimePoint now);
  // Ten times a second: what the workers have counted, and what its machine says.
  void look(TimePoint now, const std::optional<SystemReading>& reading, Rng& rng);
  // Once a second.
  void judge(TimePoint now);
  // It is not the only new one, so it begins with little.
  void ramp(TimePoint now) { ramping_since_ = now; }

  // ---- what follows
  InstanceCondition condition(TimePoint now) const;
  // Why, with numbers; empty: there is nothing to say.
  std::string reason(TimePoint now) const;
  bool has_been_looked_at() const { return !is_starting() || probes_failed_ > 0; }
  bool is_starting() const { return health_.state() == HealthCount::State::starting; }
  bool is_dead() const { return health_.state() == HealthCount::State::failing; }
  bool could_serve() const { return asked_.ignored.empty() && health_.state() == HealthCount::State::passing; }
  // 0: nothing is wrong; else more is worse.
  double badness(TimePoint now) const;
  InstanceShare share(bool is_out, TimePoint now) const;
  // It may have died: an attempt has waited for long.
  bool is_suspect() const { return is_suspect_; }
  bool wants_fast_probes() const { return health_.is_changing() || is_suspect_; }

  // Fills in all but what its service knows: share, condition, reason and since.
  void describe(InstanceView& view, TimePoint now) const;
  const InstanceTotals& totals() const { return totals_; }

 private:
  struct Mark {
    TimePoint at;
    std::uint64_t attempts;
    std::uint64_t failures;
  };
  void came_back(TimePoint now);
  void look_at_latency(std::uint64_t answered, Duration sum, TimePoint now);
  void look_for_hang(TimePoint now);
  void look_at_breaker(TimePoint now, Rng& rng);
  void stand_in_for_trial(bool passed, TimePoint begun, TimePoint now, Rng& rng);
  void look_at_load(const std::optional<SystemReading>& reading, TimePoint now);
  const Mark* mark_within(Duration window, TimePoint now) const;

  RosterInstance asked_;
  const ServiceSettings& settings_;
  const std::shared_ptr<InstanceState> state_;

  HealthCount health_;
  std::string last_probe_;
  WallTime last_probe_at_{};
  std::uint64_t probes_passed_ = 0;
  std::uint64_t probes_failed_ = 0;
  std::uint64_t quick_probes_ = 0;  // in a row, below health.latency

  InstanceTotals totals_;
  std::uint64_t pulse_ = 0;  // as of the last look
  PeakEwma latency_;
  PeakEwma usual_;  // of what was answered alone, so that what hangs now does not count as usual
  Threshold slow_{3, 1};
  Threshold overloaded_{2, 2};
  std::optional<SystemReading> reading_;
  bool is_suspect_ = false;
  TimePoint suspected_{};

  std::deque<Mark> marks_;  // one a second, over the breaker's window
  Breaker::State breaker_ = Breaker::State::closed;
  std::string breaker_reason_;

  std::optional<TimePoint> ramping_since_;

  struct Window {
    TimePoint at{};
    std::uint64_t attempts = 0;
    std::uint64_t failures = 0;
    HistogramSum latency;
  };
  Window last_window_;
  Window window_before_;
};

}  // namespace rota
