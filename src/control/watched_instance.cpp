#include "control/watched_instance.h"

#include <fmt/format.h>

#include <algorithm>

#include "balance/fleet_rule.h"
#include "balance/slow_start.h"
#include "base/units.h"
#include "control/recent.h"

namespace rota {

using namespace std::chrono_literals;

namespace {

// Of all that waits. A worker may have written only one of the numbers that it tells of them when they are read, and each is as large as the
// clock's own: so it is held to what it could be if all of them had waited as long as the oldest. Unsigned, because product and sum may be more
// than 63 bits hold; their difference is not.
std::int64_t age_together(const InstanceTotals& totals, TimePoint now) {
  const std::int64_t ns = now.time_since_epoch().count();
  if (totals.waiting <= 0 || totals.oldest == 0 || totals.oldest > ns) return 0;
  const std::uint64_t age =
      static_cast<std::uint64_t>(totals.waiting) * static_cast<std::uint64_t>(ns) - static_cast<std::uint64_t>(totals.waiting_since);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(age), 0, totals.waiting * (ns - totals.oldest));
}

}  // namespace

WatchedInstance::WatchedInstance(RosterInstance asked, const ServiceSettings& settings, std::shared_ptr<InstanceState> state)
    : asked_(std::move(asked)), settings_(settings), state_(std::move(state)) {
  if (settings_.health.interval <= Duration::zero()) health_.assume_passing();
}

void WatchedInstance::ask(RosterInstance asked) {
  asked_ = std::move(asked);
  if (settings_.health.interval <= Duration::zero()) health_.assume_passing();
}

void WatchedInstance::inherit(const WatchedInstance& other) {
  health_ = other.health_;
  last_probe_ = other.last_probe_;
  last_probe_at_ = other.last_probe_at_;
}

// ---- what happens

// It starts with a clean slate, and little by little.
void WatchedInstance::came_back(TimePoint now) {
  state_->breaker.reset();
  breaker_ = Breaker::State::closed;
  latency_.reset();
  usual_.reset();
  slow_.reset();
  marks_.clear();
  ramping_since_ = now;
}

void WatchedInstance::probed(bool passed, const std::string& what, Duration took, TimePoint now, WallTime wall, Rng& rng) {
  last_probe_ = what;
  last_probe_at_ = wall;
  stand_in_for_trial(passed, now - took, now, rng);
  ++(passed ? probes_passed_ : probes_failed_);
  if (!passed) {
    quick_probes_ = 0;
    health_.failed(settings_.health);
    return;
  }
  is_suspect_ = false;
  quick_probes_ = took <= settings_.health.latency ? quick_probes_ + 1 : 0;
  const bool was_dead = is_dead();
  if (health_.passed(settings_.health) && was_dead) came_back(now);
}

void WatchedInstance::refused(TimePoint) {
  if (settings_.health.interval <= Duration::zero()) return;
  last_probe_ = "refused";
  health_.failed(settings_.health);
}

void WatchedInstance::look(TimePoint now, const std::optional<SystemReading>& reading, Rng& rng) {
  const std::uint64_t pulse = pulse_of(*state_);
  const bool rests = pulse == pulse_ && totals_.waiting == 0 && breaker_ == Breaker::State::closed && state_->breaker.is_quiet();
  pulse_ = pulse;
  if (rests && !reading && !reading_) return;
  const std::uint64_t counted = totals_.latency.count();
  const Duration sum = totals_.latency.sum();
  totals_ = totals_of(*state_);
  look_at_latency(totals_.latency.count() - counted, totals_.latency.sum() - sum, now);
  look_for_hang(now);
  look_at_breaker(now, rng);
  look_at_load(reading, now);
}

// What was answered since the last look, and what still waits with the age it has by now, on average.
void WatchedInstance::look_at_latency(std::uint64_t answered, Duration sum, TimePoint now) {
  const std::int64_t age = age_together(totals_, now);
  const auto count = static_cast<std::int64_t>(answered) + std::max<std::int64_t>(0, totals_.waiting);
  if (count == 0) return;
  if (answered > 0) usual_.add(sum / static_cast<std::int64_t>(answered), now);
  latency_.add((sum + Duration{age}) / count, now);
}

// At most once a second: whether it has died is for a probe to say, and one may be slow for good reasons.
void WatchedInstance::look_for_hang(TimePoint now) {
  if (totals_.oldest == 0 || is_suspect_ || now - suspected_ < 1s) return;
  const Duration age = now - TimePoint{Duration{totals_.oldest}};
  const Duration usual = usual_.has_value() ? usual_.value() : Duration::zero();
  if (age < std::max<Duration>(1s, 20 * usual)) return;
  is_suspect_ = true;
  suspected_ = now;
}

void WatchedInstance::look_at_breaker(TimePoint now, Rng& rng) {
  Breaker& breaker = state_->breaker;
  const BreakerSettings& settings = settings_.breaker;
  const std::uint64_t row = breaker.failures_in_a_row();
  Breaker::State state = breaker.state(now);
  if (state == Breaker::State::closed && breaker_ == Breaker::State::closed && settings.ratio != 0) {
    if (const Mark* mark = mark_within(settings.window, now)) {
      const std::uint64_t attempts = totals_.attempts() - mark->attempts;
      const std::uint64_t failures = totals_.failures() - mark->failures;
      if (attempts >= settings.of && failures * 100 >= settings.ratio * attempts) {
        breaker.trip(settings, now, rng);
        state = breaker.state(now);
        breaker_reason_ = fmt::format("{} of {} attempts within {} failed", failures, attempts, format_duration(settings.window));
        breaker_ = state;
        return;
      }
    }
  }
  if (state == breaker_) return;
  if (state == Breaker::State::open) {
    breaker_reason_ = breaker_ == Breaker::State::closed ? fmt::format("{} attempts in a row failed", std::max(row, settings.failures))
                                                         : "its trial failed";
  }
  if (state == Breaker::State::closed) {
    marks_.clear();
    ramping_since_ = now;
  }
  breaker_ = state;
}

// Requests say more than a probe does, so they have an interval's time to be the trial. Where none comes that could be tried elsewhere (a service that is only
// posted to, or is not asked at all), the probe is it.
void WatchedInstance::stand_in_for_trial(bool passed, TimePoint begun, TimePoint now, Rng& rng) {
  Breaker& breaker = state_->breaker;
  if (breaker.state(begun - settings_.health.interval) != Breaker::State::half_open) return;
  if (breaker.admit(now, true) != Breaker::Admission::trial) return;
  if (passed) {
    breaker.succeeded(now, true);
  } else {
    breaker.failed(settings_.breaker, now, rng, true);
  }
}

const WatchedInstance::Mark* WatchedInstance::mark_within(Duration window, TimePoint now) const {
  for (const Mark& mark : marks_) {
    if (now - mark.at <= window) return &mark;
  }
  return nullptr;
}

void WatchedInstance::look_at_load(const std::optional<SystemReading>& reading, TimePoint now) {
  const bool is_known = reading && now - reading->at <= 3 * reading->interval;
  if (!is_known) {
    reading_.reset();
    if (overloaded_.is_over()) overloaded_.reset();
    return;
  }
  if (reading_ && reading_->at == reading->at) return;
  reading_ = reading;
  const auto share = [](std::uint64_t percent) { return static_cast<double>(percent) / 100; };
  const HealthSettings& health = settings_.health;
  const auto is_above = [&](const std::optional<double>& value, std::uint64_t percent) {
    return percent != 0 && value && *value > share(percent);
  };
  const auto is_below = [&](const std::optional<double>& value, std::uint64_t percent) {
    return percent == 0 || !value || *value < share(percent) - 0.10;
  };
  const bool above = is_above(reading->cpu, health.cpu) || is_above(reading->memory, health.memory);
  const bool below = is_below(reading->cpu, health.cpu) && is_below(reading->memory, health.memory);
  const bool was_over = overloaded_.is_over();
  if (overloaded_.judge(above, below, now) && was_over) ramping_since_ = now;
}

void WatchedInstance::judge(TimePoint now) {
  marks_.push_back({.at = now, .attempts = totals_.attempts(), .failures = totals_.failures()});
  while (!marks_.empty() && now - marks_.front().at > settings_.breaker.window) marks_.pop_front();
  if (now - last_window_.at >= kRecentWindow) {
    window_before_ = std::exchange(
        last_window_, Window{.at = now, .attempts = totals_.attempts(), .failures = totals_.failures(), .latency = totals_.latency});
  }
  if (settings_.health.latency <= Duration::zero()) {
    slow_.reset();
    return;
  }
  const bool has_probes = settings_.health.interval > Duration::zero();
  const bool above = latency_.has_value() && latency_.value() > settings_.health.latency;
  const bool returns = !has_probes || quick_probes_ >= settings_.health.rise;
  const bool was_slow = slow_.is_over();
  if (!slow_.judge(above, returns, now)) return;
  quick_probes_ = 0;
  if (was_slow) {
    latency_.reset();
    ramping_since_ = now;
  }
}

// ---- what follows

InstanceCondition WatchedInstance::condition(TimePoint) const {
  if (!asked_.ignored.empty()) return InstanceCondition::ignored;
  if (is_dead()) return InstanceCondition::failing;
  if (breaker_ != Breaker::State::closed) return InstanceCondition::open;
  if (overloaded_.is_over()) return InstanceCondition::overloaded;
  if (slow_.is_over()) return InstanceCondition::slow;
  return is_starting() ? InstanceCondition::starting : InstanceCondition::healthy;
}

std::string WatchedInstance::reason(TimePoint now) const {
  const auto percent = [](double share) { return fmt::format("{:.0f} %", share * 100); };
  switch (condition(now)) {
    case InstanceCondition::ignored:
      return asked_.ignored;
    case InstanceCondition::draining:
      return {};
    case InstanceCondition::failing:
      return fmt::format("its probes fail: {}", last_probe_);
    case InstanceCondition::open:
      return breaker_ == Breaker::State::half_open ? fmt::format("{}; one request tries it", breaker_reason_) : breaker_reason_;
    case InstanceCondition::overloaded: {
      std::string text;
      if (reading_ && reading_->cpu) text += fmt::format("CPU {}", percent(*reading_->cpu));
      if (reading_ && reading_->memory) text += fmt::format("{}memory {}", text.empty() ? "" : ", ", percent(*reading_->memory));
      return text;
    }
    case InstanceCondition::slow:
      return fmt::format("{} to the response head, above {}", rounded(latency_.value()), format_duration(settings_.health.latency));
    case InstanceCondition::starting:
      return last_probe_.empty() ? "no probe has passed yet" : fmt::format("no probe has passed yet: {}", last_probe_);
    case InstanceCondition::healthy: {
      const std::uint32_t share = ramping_since_ ? slow_start(now - *ramping_since_, settings_.slow_start).percent : 100;
      return share < 100 ? fmt::format("has just come back: {} % of its weight", share) : "";
    }
  }
  return {};
}

double WatchedInstance::badness(TimePoint) const {
  if (breaker_ == Breaker::State::open) return 3;
  if (breaker_ == Breaker::State::half_open) return 0;  // it stands in the wheel for its trial
  if (overloaded_.is_over()) {
    const double most = reading_ ? std::max(reading_->cpu.value_or(0), reading_->memory.value_or(0)) : 0;
    return 2 + std::min(0.9, most / 10);
  }
  if (slow_.is_over()) {
    const double times = static_cast<double>(latency_.value().count()) / static_cast<double>(settings_.health.latency.count());
    return 1 + std::min(0.9, times / 1000);
  }
  return 0;
}

InstanceShare WatchedInstance::share(bool is_out, TimePoint now) const {
  if (!could_serve()) return {.percent = 0};
  if (is_out) return {.percent = 0, .last_resort = true};
  if (badness(now) > 0) return {.percent = kKeptInPercent, .kept_in = breaker_ == Breaker::State::open};
  if (!ramping_since_) return {};
  return {.percent = slow_start(now - *ramping_since_, settings_.slow_start).percent};
}

void WatchedInstance::describe(InstanceView& view, TimePoint now) const {
  view.identity = asked_.identity;
  view.address = asked_.address.text();
  view.weight = asked_.weight;
  view.in_flight = totals_.in_flight;
  const Window& since = now - last_window_.at >= kRecentWindow / 2 || window_before_.at == TimePoint{} ? last_window_ : window_before_;
  view.recent = recent_of({.count = totals_.attempts() - since.attempts,
                           .errors = totals_.failures() - since.failures,
                           .durations = totals_.latency.since(since.latency),
                           .length = now - since.at});
  for (std::size_t place = 0; place < StatusCounts::kPlaces; ++place) {
    if (totals_.answers[place] > 0) view.answers.push_back({StatusCounts::label(place), totals_.answers[place]});
  }
  view.broken = totals_.broken;
  view.latency = totals_.latency;
  if (latency_.has_value()) view.latency_average = latency_.value();
  if (reading_) {
    view.cpu = reading_->cpu;
    view.memory = reading_->memory;
  }
  view.breaker = breaker_ == Breaker::State::closed ? "closed" : breaker_ == Breaker::State::open ? "open" : "half_open";
  view.breaker_opened = state_->breaker.opened();
  view.breaker_half_opened = state_->breaker.half_opened();
  view.breaker_closed = state_->breaker.closed();
  view.probes_passed = probes_passed_;
  view.probes_failed = probes_failed_;
  view.last_probe = last_probe_;
  view.last_probe_at = last_probe_at_;
}

}  // namespace rota
