#include "runtime/wait.h"

#include <utility>

#include "runtime/reactor.h"

namespace rota {

bool Wait::must_not_begin(Deadline deadline, const Stop* stop) {
  if (stop != nullptr && stop->requested()) {
    end(stop->why());
    return true;
  }
  if (!deadline.is_never() && deadline.has_passed(reactor_.now())) {
    end({.code = ErrorCode::timed_out});
    return true;
  }
  return false;
}

void Wait::suspend(std::coroutine_handle<> waiting, For direction, Deadline deadline, Stop* stop) {
  waiting_ = waiting;
  direction_ = direction;
  CHECK(place() == nullptr);
  place() = this;
  if (!deadline.is_never()) reactor_.timers().set(*this, deadline.point());
  if (stop != nullptr) {
    stop_ = stop;
    stop_previous_ = nullptr;
    stop_next_ = stop->first_;
    if (stop_next_ != nullptr) stop_next_->stop_previous_ = this;
    stop->first_ = this;
  }
  if (!on_.enlist()) end_later({.code = ErrorCode::io});
}

void Wait::retry() {
  if (!attempt()) return;
  unlink();
  std::exchange(waiting_, nullptr).resume();
}

void Wait::expired() {
  end({.code = ErrorCode::timed_out});
  unlink();
  std::exchange(waiting_, nullptr).resume();
}

void Pollable::end_reading(Error why) {
  if (reader_ != nullptr) reader_->end_later(why);
}

void Wait::end_later(Error why) {
  end(why);
  unlink();
  reactor_.resume_soon(std::exchange(waiting_, nullptr));
}

void Wait::unlink() {
  place() = nullptr;
  if (is_set()) cancel();
  if (stop_ == nullptr) return;
  if (stop_next_ != nullptr) stop_next_->stop_previous_ = stop_previous_;
  (stop_previous_ != nullptr ? stop_previous_->stop_next_ : stop_->first_) = stop_next_;
  stop_ = nullptr;
}

}  // namespace rota
