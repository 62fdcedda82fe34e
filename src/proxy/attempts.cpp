#include "proxy/attempts.h"

#include "proxy/exchange.h"
#include "proxy/replay.h"
#include "proxy/worker.h"

namespace rota {
namespace {

bool is_unreachable(const Error& error) {
  return error.code == ErrorCode::connect_refused || error.code == ErrorCode::connect_timeout || error.code == ErrorCode::connect_failed;
}

// The instance took something of the request, and the client has nothing to show for it.
bool is_broken_exchange(const Error& error) {
  return error.code == ErrorCode::upstream_closed || error.code == ErrorCode::instance_lost || error.code == ErrorCode::response_timeout ||
         error.code == ErrorCode::status_retried;
}

// What an attempt's end says about its instance's health, and not about the client, or about rota.
bool is_instances_fault(const Error& error) { return error.blame == Blame::upstream && error.code != ErrorCode::instance_lost; }

// Where so many in a row are full or refuse, so are nearly all of them, and to ask each of ten thousand would take longer than to wait.
constexpr int kMostPassedOver = 64;

constexpr bool is_failure(std::uint16_t status) { return status == 500 || (status >= 502 && status <= 504); }

}  // namespace

Attempts::Attempts(const Service& service, ServiceCells& cells, const ForwardedRequest& request)
    : request_(request),
      service_(service),
      cells_(cells),
      body_was_whole_(request.body.last),
      is_limited_(service.settings.max_requests.limit != 0) {}

Rng& Attempts::rng() const { return request_.worker.rng(); }

bool Attempts::is_repeatable() const {
  const bool is_replayable = body_was_whole_ || (request_.replay != nullptr && request_.replay->is_whole());
  return is_replayable && http::is_idempotent(request_.client.head().method);
}

// A request that can be repeated tries an instance for the others; where there are no probes to do it instead, any request does.
bool Attempts::may_try() const { return is_repeatable() || service_.settings.health.interval <= Duration::zero(); }

void Attempts::give_budget_back() { states().retries.give_back(); }

const Instance* Attempts::begin(InstanceIndex index) {
  index_ = index;
  const Instance& instance = *service_.instances[index];
  state_ = instance.state.get();
  pool_ = &request_.worker.upstreams().of(instance);
  pool_->cells().in_flight.add(1);
  return &instance;
}

// Goes on from `first` to whoever is admitted. Where every breaker refuses, somebody is asked all the same: that all of them are out is for nobody to decide who sees
// but one.
const Instance* Attempts::pick_with_care(InstanceIndex first) {
  is_full_ = is_limited_ && !has_turn_ && !request_.worker.places_at(states()).is_empty();
  if (is_full_) return nullptr;  // others were first
  Tried passed_over = tried_;
  int passed = 0;
  for (std::optional<InstanceIndex> index = first; index && passed < kMostPassedOver;
       index = service_.strategy->pick(passed_over, rng()), ++passed) {
    const Instance& instance = *service_.instances[*index];
    Breaker& breaker = instance.state->breaker;
    const Breaker::Admission admission = breaker.admit(request_.worker.reactor().now(), may_try());
    const bool is_trial = admission == Breaker::Admission::trial;
    const bool is_admitted = admission != Breaker::Admission::refused || instance.kept_in;
    if (is_admitted && take_place(*instance.state)) {
      is_trial_ = is_trial;
      return begin(*index);
    }
    if (is_admitted) is_full_ = true;
    breaker.abandoned(is_trial);
    passed_over.add(*index);
  }
  return is_full_ ? nullptr : pick_regardless();
}

const Instance* Attempts::pick_regardless() {
  Tried passed_over = tried_;
  for (;;) {
    const std::optional<InstanceIndex> index = service_.strategy->pick(passed_over, rng());
    if (!index) return is_full_ ? nullptr : pick_last_resort();
    if (take_place(*service_.instances[*index]->state)) return begin(*index);
    is_full_ = true;
    passed_over.add(*index);
  }
}

// Everybody in service has failed the request: whoever is out for being slow, busy or unreliable may still do.
const Instance* Attempts::pick_last_resort() {
  if (tried_.is_empty()) return nullptr;
  const std::size_t count = service_.instances.size();
  const std::size_t from = rng().below(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto index = static_cast<InstanceIndex>((from + i) % count);
    const Instance& instance = *service_.instances[index];
    if (instance.last_resort && !tried_.contains(index) && take_place(*instance.state)) return begin(index);
  }
  return nullptr;
}

bool Attempts::take_place(InstanceState& state) {
  if (!is_limited_) return true;
  std::uint64_t held = state.held.load(std::memory_order_relaxed);
  while (held < service_.settings.max_requests.limit) {
    if (state.held.compare_exchange_weak(held, held + 1, std::memory_order_relaxed)) return true;
  }
  return false;
}

bool Attempts::join_queue() {
  const std::uint64_t most = service_.settings.max_requests.queue;
  std::uint64_t queued = states().queued.load(std::memory_order_relaxed);
  while (queued < most) {
    if (states().queued.compare_exchange_weak(queued, queued + 1, std::memory_order_relaxed)) return true;
  }
  return false;
}

Task<const Instance*> Attempts::wait_for_place(Stop& stop) {
  error_ = {.code = ErrorCode::all_busy};
  if (!join_queue()) co_return nullptr;
  const Instance* found = nullptr;
  {
    PlaceLine::Turn turn(request_.worker.places_at(states()));
    const Deadline deadline = Deadline::after(request_.worker.reactor().now(), service_.settings.max_requests.wait);
    while (found == nullptr && is_full_) {
      const Result<void> room = co_await turn.room(deadline, stop);
      if (!room && room.error().code != ErrorCode::timed_out) error_ = room.error();
      if (!room) break;
      has_turn_ = true;
      found = pick();
      has_turn_ = false;
    }
  }
  states().queued.fetch_sub(1, std::memory_order_relaxed);
  co_return found;
}

void Attempts::give_back() {
  if (is_trial_) state_->breaker.abandoned(std::exchange(is_trial_, false));
  if (is_limited_) {
    state_->held.fetch_sub(1, std::memory_order_relaxed);
    request_.worker.places_at(states()).tell_first();
  }
}

void Attempts::say_failed() {
  state_->breaker.failed(service_.settings.breaker, request_.worker.reactor().now(), rng(), std::exchange(is_trial_, false));
}

// What the breaker is told of an answer.
void Attempts::judge(std::uint16_t status) {
  if (status >= 500 && is_failure(status)) [[unlikely]] {
    say_failed();
  } else if (!state_->breaker.is_quiet()) [[unlikely]] {
    state_->breaker.succeeded(request_.worker.reactor().now(), std::exchange(is_trial_, false));
  }
}

void Attempts::failed(const Error& error) {
  InstanceCells& cells = pool_->cells();
  if (error.code == ErrorCode::status_retried) {
    cells.answers.add(status_);
    say_failed();
  } else if (is_instances_fault(error)) {
    cells.broken.add();
    say_failed();
  }
  if (error.code == ErrorCode::connect_refused) request_.worker.tell_refused(service_.instances[index_]->state);
  tried_.add(index_);
  if (!is_unreachable(error) || !is_broken_exchange(error_)) error_ = error;
  end_attempt();
}

FailedAttempt Attempts::failed_attempt(const Error& error, bool request_sent, bool answered) const {
  return {.error = error,
          .status = status_,
          .request_sent = request_sent,
          .body_is_replayable = body_was_whole_ || (request_.replay != nullptr && request_.replay->is_whole()),
          .answered = answered};
}

bool Attempts::is_safe_to_repeat(const Error& error, bool request_sent, bool answered) const {
  return !request_.stop.requested() &&
         rota::is_safe_to_repeat(failed_attempt(error, request_sent, answered), request_.client.head().method);
}

// Whatever ended the request ends every attempt that would follow, and none of their instances could help it.
bool Attempts::may_go_on(const Error& error, bool request_sent, bool answered) {
  if (request_.stop.requested()) {
    error_ = request_.stop.why();
    return false;
  }
  const FailedAttempt failed = failed_attempt(error, request_sent, answered);
  const bool is_paid_for = error.code == ErrorCode::status_retried;
  if (!is_paid_for) {
    if (!may_retry(failed, request_.client.head().method, service_.settings.retry, charged_)) return false;
    if (is_charged(error) && !charge()) return false;
  }
  cells_.retries[static_cast<std::size_t>(*retry_reason(failed))].add();
  return true;
}

// Takes what the next attempt costs; false: there is not that much.
bool Attempts::charge() {
  if (std::exchange(has_budget_, false)) states().retries.give_back();
  std::int64_t active = 0;
  states().cells.for_each([&active](const ServiceCells& cells) { active += cells.in_flight.value(); });
  has_budget_ = states().retries.try_take(service_.settings.retry.budget, static_cast<std::uint64_t>(std::max<std::int64_t>(0, active)));
  if (has_budget_) ++charged_;
  return has_budget_;
}

bool Attempts::takes_another_for(std::uint16_t status) {
  status_ = status;
  const Error error{.code = ErrorCode::status_retried, .blame = Blame::upstream};
  if (!may_retry(failed_attempt(error, true, false), request_.client.head().method, service_.settings.retry, charged_)) return false;
  Tried others = tried_;
  others.add(index_);
  return service_.strategy->pick(others, rng()).has_value() && charge();
}

void Attempts::keep_states() { kept_ = std::make_unique<Kept>(service_.state, service_.instances[index_]->state); }

}  // namespace rota
