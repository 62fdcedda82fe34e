#include "runtime/reactor.h"

#include "base/check.h"
#include "runtime/wait.h"

namespace rota {

Reactor::Reactor(const Clock& clock, Poller& poller)
    : clock_(clock), poller_(poller), mailbox_(poller), now_(clock.now()), wall_read_(now_), wall_(clock.wall()), timers_(now_) {}

SlotId Reactor::attach(Pollable& pollable) {
  if (first_free_ == kNoSlot) {
    first_free_ = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back({.next_free = kNoSlot});
  }
  const std::uint32_t index = first_free_;
  Slot& slot = slots_[index];
  first_free_ = slot.next_free;
  slot.pollable = &pollable;
  pollable.slot_ = {index, slot.generation};
  return pollable.slot_;
}

void Reactor::detach(Pollable& pollable) {
  Slot& slot = slots_[pollable.slot_.index];
  CHECK(slot.pollable == &pollable);
  slot.pollable = nullptr;
  ++slot.generation;
  slot.next_free = first_free_;
  first_free_ = pollable.slot_.index;
}

Pollable* Reactor::find(SlotId id) const {
  const Slot& slot = slots_[id.index];
  return slot.generation == id.generation ? slot.pollable : nullptr;
}

void Reactor::run() {
  while (!stopped_) turn();
}

void Reactor::turn() {
  const bool busy = !due_.empty() || !mailbox_.is_empty();
  const auto next_timer = timers_.next();
  const Deadline until = busy ? Deadline::at(now_) : next_timer ? Deadline::at(*next_timer) : Deadline::never();
  events_.clear();
  poller_.poll(until, now_, events_);
  read_clock();

  for (const ReadinessEvent& event : events_) {
    if (Pollable* pollable = find(event.slot)) pollable->set_ready(event.readiness);
  }
  for (const ReadinessEvent& event : events_) deliver(event);
  timers_.fire(now_);
  mailbox_.drain();
  resuming_.swap(due_);
  for (const std::coroutine_handle<> waiting : resuming_) waiting.resume();
  resuming_.clear();
}

void Reactor::read_clock() {
  now_ = clock_.now();
  if (now_ - wall_read_ < std::chrono::seconds{1}) return;
  wall_read_ = now_;
  wall_ = clock_.wall();
}

// Whoever is woken may destroy the Pollable and its other waiters, so it is looked up again behind each. A watcher that came only then has looked for himself.
void Reactor::deliver(const ReadinessEvent& event) {
  constexpr std::uint8_t kEnds = Readiness::peer_closed | Readiness::broken;
  Pollable* pollable = find(event.slot);
  if (pollable == nullptr) return;
  Watcher* const watcher = pollable->watcher_;
  if (pollable->reader_ != nullptr && (event.readiness & (Readiness::readable | kEnds)) != 0) {
    pollable->reader_->retry();
    pollable = find(event.slot);
  }
  if (pollable != nullptr && pollable->writer_ != nullptr && (event.readiness & (Readiness::writable | Readiness::broken)) != 0) {
    pollable->writer_->retry();
    pollable = find(event.slot);
  }
  if (pollable != nullptr && watcher != nullptr && pollable->watcher_ == watcher) watcher->noticed(pollable->readiness_);
}

}  // namespace rota
