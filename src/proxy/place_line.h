// The requests of one worker that wait for a place at an instance of one service, because each has as many as max_requests lets it have: first come, first served. How
// long the line may be, over all workers, is counted in the service's state.
// Invariants: (1) whoever stands in the line keeps its place until it leaves; (2) only the first is told that there may be room, and asks again by itself.
#pragma once

#include <list>
#include <utility>

#include "runtime/reactor.h"
#include "runtime/wait.h"

namespace rota {

class PlaceLine final : private Timer {
 public:
  // Another worker's places become free without a word to this one: so the first asks by itself this often.
  static constexpr Duration kAskAgain = std::chrono::milliseconds{5};

  class Turn;
  class Room;

  explicit PlaceLine(Reactor& reactor) : reactor_(reactor) {}

  bool is_empty() const { return turns_.empty(); }
  // A place has become free.
  void tell_first();

 private:
  void expired() override {
    tell_first();
    ask_again();
  }
  void ask_again() {
    if (!turns_.empty()) reactor_.timers().set(*this, reactor_.now() + kAskAgain);
  }

  Reactor& reactor_;
  std::list<Turn*> turns_;
};

// A place in the line, in the frame of who waits.
class PlaceLine::Turn final : private Pollable {
 public:
  explicit Turn(PlaceLine& line) : line_(line), at_(line.turns_.insert(line.turns_.end(), this)) {
    if (!line_.is_set()) line_.ask_again();
  }
  ~Turn() {
    line_.turns_.erase(at_);
    line_.tell_first();  // that a place became free is told once, however many did in that turn; and it may have left without asking
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // Completes when there may be room. Errors: timed_out, or what `stop` was requested with.
  Room room(Deadline deadline, Stop& stop);

 private:
  friend class PlaceLine;
  friend class Room;
  bool enlist_now() override { return true; }

  PlaceLine& line_;
  std::list<Turn*>::iterator at_;
  bool told_ = false;
};

class PlaceLine::Room final : public Wait {
 public:
  Room(Turn& turn, Deadline deadline, Stop& stop) : Wait(turn.line_.reactor_, turn), turn_(turn), deadline_(deadline), stop_on_(stop) {}
  bool await_ready() { return must_not_begin(deadline_, &stop_on_) || attempt(); }
  void await_suspend(std::coroutine_handle<> waiting) { suspend(waiting, For::reading, deadline_, &stop_on_); }
  Result<void> await_resume() {
    if (std::exchange(turn_.told_, false)) return {};
    return std::unexpected(why_);
  }

 private:
  bool attempt() override { return turn_.told_; }
  void end(Error why) override { why_ = why; }

  Turn& turn_;
  Deadline deadline_;
  Stop& stop_on_;
  Error why_{.code = ErrorCode::stopped};
};

inline PlaceLine::Room PlaceLine::Turn::room(Deadline deadline, Stop& stop) { return {*this, deadline, stop}; }

inline void PlaceLine::tell_first() {
  if (turns_.empty()) return;
  Turn& first = *turns_.front();
  first.told_ = true;
  first.end_reading({.code = ErrorCode::stopped});
}

}  // namespace rota
