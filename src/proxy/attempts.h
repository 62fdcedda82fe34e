// The attempts of one request: whom to ask next, whether there may be a next one, and what each of them says about its instance (its counts, its breaker).
#pragma once

#include <memory>

#include "balance/tried.h"
#include "model/service.h"
#include "proxy/may_retry.h"
#include "proxy/upstream_pool.h"
#include "runtime/task.h"

namespace rota {

struct ForwardedRequest;

// Invariants: (1) at most one attempt is under way: between a pick() that gave an instance and the succeeded(), failed() or end of this; (2) a lease of a breaker's
// trial, a place under max_requests and a share of the retry budget are given back by then.
class Attempts {
 public:
  // `service`, `cells` (the worker's own of it) and `request` outlive it; but what tunnel() does is after keep_states(), which lets go of the service.
  Attempts(const Service& service, ServiceCells& cells, const ForwardedRequest& request);
  Attempts(const Attempts&) = delete;
  Attempts& operator=(const Attempts&) = delete;
  [[gnu::always_inline]] ~Attempts() {
    end_attempt();
    if (has_budget_) [[unlikely]]
      give_budget_back();
  }

  // The next instance, never one that failed before; null: there is none left to try, or each of them has as much to do as it may have (is_full()).
  const Instance* pick() {
    const auto index = service_.strategy->pick(tried_, rng());
    if (!index) [[unlikely]]
      return pick_last_resort();
    const Instance& instance = *service_.instances[*index];
    if (is_limited_ || !instance.state->breaker.is_quiet()) [[unlikely]]
      return pick_with_care(*index);
    return begin(*index);
  }
  bool is_full() const { return is_full_; }
  // Where it is: waits in line for a place, for at most max_requests.wait, and picks. null: there was none in time, the line was full, or `stop` was requested.
  Task<const Instance*> wait_for_place(Stop& stop);
  // The instance's, while an attempt is under way.
  InstancePool& pool() { return *pool_; }
  // An attempt that waits for its answer may be moved when its instance is given up.
  bool is_movable() const { return is_repeatable(); }

  // An answer with this status is there. True: it is not for the client, because another attempt follows; that has been paid for.
  bool takes_another_for(std::uint16_t status);

  // An answer with this status begins, and its end may take hours: a trial is decided here, because nobody else is let in before.
  void answer_begins(std::uint16_t status) {
    if (is_trial_) [[unlikely]]
      judge(status);
  }
  // The one under way has been answered, and the client has the answer, or begins to.
  void succeeded(std::uint16_t status) {
    pool_->cells().answers.add(status);
    if (status >= 500 || !state_->breaker.is_quiet()) [[unlikely]]
      judge(status);
  }
  // It failed with this.
  void failed(const Error& error);
  // Whether another one may follow the one that failed; true: it has been counted.
  bool may_go_on(const Error& error, bool request_sent, bool answered);
  // May be repeated on the same instance by another connection.
  bool is_safe_to_repeat(const Error& error, bool request_sent, bool answered) const;

  // From here on the service's and the instance's states are held by this.
  void keep_states();

  const std::shared_ptr<ServiceState>& service_state() const { return service_.state; }

  // What to tell the client: the last error; but that an instance took the request and failed outweighs that others could not be reached.
  const Error& error() const { return error_; }

 private:
  Rng& rng() const;
  ServiceState& states() const { return kept_ ? *kept_->service : *service_.state; }
  void give_budget_back();
  bool is_repeatable() const;
  const Instance* begin(InstanceIndex index);
  const Instance* pick_with_care(InstanceIndex first);
  const Instance* pick_regardless();
  const Instance* pick_last_resort();
  bool may_try() const;
  bool take_place(InstanceState& state);
  bool join_queue();
  void end_attempt() {
    if (pool_ == nullptr) return;
    pool_->cells().in_flight.add(-1);
    if (is_trial_ || is_limited_) [[unlikely]]
      give_back();
    pool_ = nullptr;
  }
  void give_back();
  bool charge();
  FailedAttempt failed_attempt(const Error& error, bool request_sent, bool answered) const;
  void judge(std::uint16_t status);
  void say_failed();

  const ForwardedRequest& request_;
  const Service& service_;
  ServiceCells& cells_;
  const bool body_was_whole_;  // all of it had come when it began
  const bool is_limited_;      // by max_requests
  bool is_full_ = false;
  bool has_turn_ = false;  // it is its turn in the line for places
  bool is_trial_ = false;  // the one under way holds the lease of its instance's breaker
  bool has_budget_ = false;
  std::uint16_t status_ = 0;   // of the answer that another attempt is made for
  std::uint32_t charged_ = 1;  // attempts that count against retry.attempts; the first one does
  Tried tried_;
  InstanceIndex index_ = 0;
  InstancePool* pool_ = nullptr;  // null: none is under way
  InstanceState* state_ = nullptr;
  struct Kept {
    std::shared_ptr<ServiceState> service;
    std::shared_ptr<InstanceState> instance;
  };
  std::unique_ptr<Kept> kept_;
  Error error_{.code = ErrorCode::no_instance, .blame = Blame::upstream};
};

}  // namespace rota
