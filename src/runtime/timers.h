// Deadlines, cheap to set and to cancel, because most never fire: a hierarchical timing wheel (Varghese and Lauck, 1987) of six levels of 64 slots.
// A tick is 2^20 ns (1.05 ms); a timer fires at the first tick at or after its time, never before it. Setting is O(1); cancelling unlinks, and
// needs no wheel. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace rota {

// A link of a circular list; alone, it points to itself.
struct TimerLink {
  TimerLink* previous = this;
  TimerLink* next = this;
};

// Derive from it, or hold one: whoever owns a Timer owns its place in the wheel, and destroying it cancels it.
class Timer : private TimerLink {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool is_set() const { return next != this; }
  // Of one that is set, or was.
  TimePoint when() const { return when_; }
  void cancel() {
    previous->next = next;
    next->previous = previous;
    previous = next = this;
  }

 protected:
  ~Timer() { cancel(); }
  // Its time has come; it is no longer set, and may be set again or destroyed from here.
  virtual void expired() = 0;

 private:
  friend class Timers;
  TimePoint when_{};
};

class Timers {
 public:
  explicit Timers(TimePoint now) : elapsed_(tick_of(now)) {}
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  ~Timers();

  // Sets it, or sets it anew.
  void set(Timer& timer, TimePoint when);
  // When fire() has something to do next: never later than the earliest timer; for a far one it may be earlier. nullopt: nothing is set.
  std::optional<TimePoint> next();
  // Fires everything whose time has come by `now`, earliest tick first.
  void fire(TimePoint now);

 private:
  static constexpr unsigned kTickBits = 20;
  static constexpr unsigned kSlotBits = 6;
  static constexpr unsigned kSlots = 1U << kSlotBits;
  static constexpr unsigned kLevels = 6;
  static constexpr std::uint64_t kHorizon = 1ULL << (kSlotBits * kLevels);  // 2^36 ticks, two years; what is later is looked at again then

  struct Level {
    std::uint64_t occupied = 0;  // a bit a slot; a bit may be stale (its timers were cancelled), never missing
    std::array<TimerLink, kSlots> slots;
  };
  struct Expiry {
    unsigned level;
    unsigned slot;
    std::uint64_t tick;
  };

  static std::uint64_t tick_of(TimePoint when) { return static_cast<std::uint64_t>(when.time_since_epoch().count()) >> kTickBits; }
  void place(Timer& timer);
  std::optional<Expiry> next_expiry();

  std::uint64_t elapsed_;
  std::array<Level, kLevels> levels_;
};

}  // namespace rota
