#include "control/health_checker.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace rota {
namespace {

constexpr std::size_t kBufferSize = 32 * 1024;  // a head as long as one that is forwarded
constexpr std::size_t kBuffersKept = 16;

}  // namespace

// One instance. Its timer is the rhythm.
class HealthChecker::Watched final : public Timer, public std::enable_shared_from_this<Watched> {
 public:
  Watched(HealthChecker& by, ProbeTarget what) : checker(by), target(std::move(what)) {}

  HealthChecker& checker;
  const ProbeTarget target;
  Stop stop;  // requested: it is forgotten
  std::size_t running = 0;
  bool fast = false;
  std::optional<TimePoint> begun;  // the last probe
  TimePoint due;                   // the next beat
  std::optional<std::list<Watched*>::iterator> place;

  bool is_forgotten() const { return stop.requested(); }
  bool has_rhythm() const { return target.settings.interval > Duration::zero(); }

 private:
  void expired() override { checker.beat(*this); }
};

HealthChecker::HealthChecker(Reactor& reactor, Dialer& dialer, std::uint64_t seed, std::size_t most_at_once)
    : reactor_(reactor), dialer_(dialer), rng_(seed), most_at_once_(most_at_once), buffers_(kBufferSize, kBuffersKept) {
  CHECK(most_at_once > 0);
}

HealthChecker::~HealthChecker() { end(); }

void HealthChecker::report_to(Report report) {
  CHECK(!report_ && watched_.empty());
  report_ = std::move(report);
}

void HealthChecker::watch(ProbeTarget target) {
  CHECK(report_);
  if (ended_) return;
  std::shared_ptr<Watched>& place = watched_[target.key];
  if (place && is_same_probe(place->target, target)) return;
  const bool fast = place && place->fast;
  if (place) let_go(*place);
  place = std::make_shared<Watched>(*this, std::move(target));
  place->fast = fast;
  if (!place->has_rhythm()) return;
  ask_for_probe(*place);
  go_on_at(*place, reactor_.now() + period_of(*place));
}

void HealthChecker::forget(const std::string& key) {
  const auto found = watched_.find(key);
  if (found == watched_.end()) return;
  let_go(*found->second);
  watched_.erase(found);
}

// What it has running ends by itself from here, and is the last to hold it.
void HealthChecker::let_go(Watched& watched) {
  watched.cancel();
  if (watched.place) line_.erase(*std::exchange(watched.place, std::nullopt));
  watched.stop.request({.code = ErrorCode::stopped});
}

void HealthChecker::set_fast(const std::string& key, bool fast) {
  Watched* const watched = find(key);
  if (watched == nullptr || watched->fast == fast) return;
  watched->fast = fast;
  if (watched->has_rhythm()) go_on_at(*watched, std::max(watched->begun.value_or(reactor_.now()) + period_of(*watched), reactor_.now()));
}

void HealthChecker::probe_now(const std::string& key) {
  Watched* const watched = find(key);
  if (watched == nullptr) return;
  const bool just_now = watched->begun && reactor_.now() - *watched->begun < kJustNow;
  if (!just_now && watched->running < kMostOverlapping) ask_for_probe(*watched);
}

void HealthChecker::end() {
  ended_ = true;
  for (const auto& [key, watched] : watched_) let_go(*watched);
  watched_.clear();
}

HealthChecker::Watched* HealthChecker::find(const std::string& key) {
  const auto found = watched_.find(key);
  return found == watched_.end() ? nullptr : found->second.get();
}

Duration HealthChecker::period_of(const Watched& watched) {
  const Duration interval = watched.target.settings.interval;
  if (watched.fast) return std::min(interval, kFastInterval);
  return interval - Duration{static_cast<Duration::rep>(rng_.below(static_cast<std::uint64_t>(interval.count()) / 10 + 1))};
}

void HealthChecker::go_on_at(Watched& watched, TimePoint when) {
  watched.due = when;
  reactor_.timers().set(watched, when);
}

// The next beat counts from when this one was due, so that what a timer is late by does not add up.
void HealthChecker::beat(Watched& watched) {
  if (watched.running < (watched.fast ? kMostOverlapping : 1)) ask_for_probe(watched);
  const Duration period = period_of(watched);
  const TimePoint next = watched.due + period;
  go_on_at(watched, next > reactor_.now() ? next : reactor_.now() + period);
}

void HealthChecker::ask_for_probe(Watched& watched) {
  if (watched.place) return;
  if (running_ < most_at_once_) return begin_probe(watched);
  watched.place = line_.insert(line_.end(), &watched);
}

void HealthChecker::begin_probe(Watched& watched) {
  ++running_;
  ++watched.running;
  watched.begun = reactor_.now();
  tasks_.spawn(run_probe(watched.shared_from_this()));
}

Task<void> HealthChecker::run_probe(std::shared_ptr<Watched> watched) {
  co_await reactor_.next_turn();  // so that nothing is reported from within whoever asked for it
  std::optional<ProbeResult> result;
  if (!watched->is_forgotten()) result = co_await probe(reactor_, dialer_, buffers_, watched->target, watched->stop);
  --running_;
  --watched->running;
  if (result && !watched->is_forgotten()) report_(watched->target.key, *result);
  while (running_ < most_at_once_ && !line_.empty()) {
    Watched& next = *line_.front();
    line_.pop_front();
    next.place.reset();
    begin_probe(next);
  }
}

}  // namespace rota
