// One worker's loop. A turn: poll for events, apply all their flags, wake those who waited for them, fire timers, read the mail, resume who is due.
// Invariants: (1) the time is read once a turn; (2) every flag of a batch is applied before any coroutine resumes; (3) an event of a slot that has
// been given to somebody else meanwhile finds nobody. Everything but the mailbox belongs to the thread that runs it.
#pragma once

#include <coroutine>
#include <vector>

#include "base/clock.h"
#include "runtime/mailbox.h"
#include "runtime/pollable.h"
#include "runtime/poller.h"
#include "runtime/timers.h"

namespace rota {

class Reactor {
 public:
  // Both outlive it.
  Reactor(const Clock& clock, Poller& poller);
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  TimePoint now() const { return now_; }
  const Clock& clock() const { return clock_; }
  // The calendar's time of this turn: the clock's own, as of at most a second ago, and the monotonic time since.
  WallTime wall() const { return wall_ + (now_ - wall_read_); }
  Timers& timers() { return timers_; }
  Mailbox& mailbox() { return mailbox_; }

  // Gives it a slot, by which its events find it.
  SlotId attach(Pollable& pollable);
  // For a Pollable's enlist_now(): `fd` is its.
  bool enlist(const Pollable& pollable, int fd) { return poller_.add(fd, pollable.slot_).has_value(); }
  // Its pending events find nobody from here on.
  void detach(Pollable& pollable);

  // Resumes it in this turn or the next one, but not from in here.
  void resume_soon(std::coroutine_handle<> waiting) { due_.push_back(waiting); }
  // For `co_await reactor.next_turn()`: lets everything else that is ready go first.
  auto next_turn() {
    struct Awaiter {
      Reactor& reactor;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> waiting) { reactor.resume_soon(waiting); }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this};
  }
  // For `co_await reactor.sleep_until(d)`; `d` is not never().
  auto sleep_until(Deadline deadline);

  // Turns until stop() is called.
  void run();
  // One turn, waiting for events where nothing is due.
  void turn();
  // Ends run() after the present turn. On its own thread; others post it.
  void stop() { stopped_ = true; }

 private:
  struct Slot {
    Pollable* pollable = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t next_free = 0;
  };

  void read_clock();
  // `id`: of any time, because slots never go.
  Pollable* find(SlotId id) const;
  void deliver(const ReadinessEvent& event);

  const Clock& clock_;
  Poller& poller_;
  Mailbox mailbox_;
  TimePoint now_;
  TimePoint wall_read_;
  WallTime wall_;
  Timers timers_;
  std::vector<Slot> slots_;
  std::uint32_t first_free_ = kNoSlot;
  std::vector<ReadinessEvent> events_;
  std::vector<std::coroutine_handle<>> due_;
  std::vector<std::coroutine_handle<>> resuming_;
  bool stopped_ = false;

  static constexpr std::uint32_t kNoSlot = UINT32_MAX;
};

namespace reactor_detail {

class Sleep final : private Timer {
 public:
  Sleep(Reactor& reactor, Deadline deadline) : reactor_(reactor), deadline_(deadline) {}
  bool await_ready() const noexcept { return deadline_.has_passed(reactor_.now()); }
  void await_suspend(std::coroutine_handle<> waiting) {
    waiting_ = waiting;
    reactor_.timers().set(*this, deadline_.point());
  }
  void await_resume() const noexcept {}

 private:
  void expired() override { waiting_.resume(); }
  Reactor& reactor_;
  Deadline deadline_;
  std::coroutine_handle<> waiting_;
};

}  // namespace reactor_detail

inline auto Reactor::sleep_until(Deadline deadline) { return reactor_detail::Sleep{*this, deadline}; }

}  // namespace rota
