// A deadline that is moved for every request and nearly never comes: moving it later is one store. The timer under it stays where it is, and looks
// when it comes whether the deadline has moved meanwhile. One thread.
#pragma once

#include "base/deadline.h"
#include "runtime/timers.h"

namespace rota {

class Alarm : private Timer {
 public:
  Alarm() = default;

  // Goes off at `due`, or never; instead of when it was set for before.
  void set(Timers& timers, Deadline due) {
    timers_ = &timers;
    due_ = due.point();
    const bool comes_in_time = Timer::is_set() && when() <= due_;
    if (!comes_in_time && !due.is_never()) timers.set(*this, due_);
  }
  // The timer stays, for the next time.
  void clear() { due_ = TimePoint::max(); }

 protected:
  ~Alarm() = default;
  // It is cleared, and may be set again or destroyed from here.
  virtual void went_off() = 0;

 private:
  void expired() final {
    if (due_ == TimePoint::max()) return;
    if (when() < due_) return timers_->set(*this, due_);
    clear();
    went_off();
  }

  Timers* timers_ = nullptr;
  TimePoint due_ = TimePoint::max();
};

}  // namespace rota
