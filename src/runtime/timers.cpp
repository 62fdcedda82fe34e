#include "runtime/timers.h"

#include <algorithm>
#include <bit>

namespace rota {

Timers::~Timers() {
  for (Level& level : levels_) {
    for (TimerLink& slot : level.slots) {
      while (slot.next != &slot) static_cast<Timer*>(slot.next)->cancel();
    }
  }
}

void Timers::set(Timer& timer, TimePoint when) {
  if (timer.is_set()) timer.cancel();
  timer.when_ = when;
  place(timer);
}

// The level is the highest group of six bits in which its tick differs from now: what is near is on level 0, one slot a tick.
void Timers::place(Timer& timer) {
  const std::uint64_t due = tick_of(timer.when_ + Duration{(1 << kTickBits) - 1});
  const std::uint64_t tick = std::clamp(due, elapsed_ + 1, elapsed_ + kHorizon - 1);
  const std::uint64_t difference = (elapsed_ ^ tick) | (kSlots - 1);
  const unsigned level = std::min((63U - static_cast<unsigned>(std::countl_zero(difference))) / kSlotBits, kLevels - 1);
  const unsigned slot = static_cast<unsigned>(tick >> (level * kSlotBits)) & (kSlots - 1);
  TimerLink& head = levels_[level].slots[slot];
  timer.previous = head.previous;
  timer.next = &head;
  head.previous->next = &timer;
  head.previous = &timer;
  levels_[level].occupied |= 1ULL << slot;
}

// Lower levels always come first, so the first level with anything in it holds the next expiry.
std::optional<Timers::Expiry> Timers::next_expiry() {
  for (unsigned level = 0; level < kLevels; ++level) {
    Level& at = levels_[level];
    const unsigned shift = level * kSlotBits;
    while (at.occupied != 0) {
      // From the slot behind the present one on; the present one itself is a whole turn away, which only the highest level ever uses.
      const unsigned here = static_cast<unsigned>(elapsed_ >> shift) & (kSlots - 1);
      const unsigned ahead = 1 + static_cast<unsigned>(std::countr_zero(std::rotr(at.occupied, static_cast<int>(here + 1) % 64)));
      const unsigned slot = (here + ahead) & (kSlots - 1);
      if (at.slots[slot].next == &at.slots[slot]) {
        at.occupied &= ~(1ULL << slot);
        continue;
      }
      return Expiry{level, slot, ((elapsed_ >> shift) + ahead) << shift};
    }
  }
  return std::nullopt;
}

std::optional<TimePoint> Timers::next() {
  const auto expiry = next_expiry();
  if (!expiry) return std::nullopt;
  return TimePoint{Duration{static_cast<std::int64_t>(expiry->tick << kTickBits)}};
}

void Timers::fire(TimePoint now) {
  const std::uint64_t until = tick_of(now);
  while (const auto expiry = next_expiry()) {
    if (expiry->tick > until) break;
    elapsed_ = expiry->tick;
    // The slot's timers move to a list of their own, so that those set from expired() wait for their turn, and those cancelled leave it.
    TimerLink& slot = levels_[expiry->level].slots[expiry->slot];
    TimerLink due;
    due.next = slot.next;
    due.previous = slot.previous;
    due.next->previous = due.previous->next = &due;
    slot.previous = slot.next = &slot;
    levels_[expiry->level].occupied &= ~(1ULL << expiry->slot);
    while (due.next != &due) {
      Timer& timer = *static_cast<Timer*>(due.next);
      timer.cancel();
      if (tick_of(timer.when_ + Duration{(1 << kTickBits) - 1}) <= elapsed_) {
        timer.expired();
      } else {
        place(timer);
      }
    }
  }
  elapsed_ = std::max(elapsed_, until);
}

}  // namespace rota
