// The process's signals as events of one reactor: the control thread waits for them as for anything else. Blocks them in every thread that is started
// later, so it is made first.
#pragma once

#include <csignal>
#include <initializer_list>
#include <memory>

#include "net/posix/fd.h"
#include "runtime/reactor.h"
#include "runtime/wait.h"

namespace rota {

class Signals final : private Pollable {
 public:
  class Next;

  static Result<std::unique_ptr<Signals>> create(Reactor& reactor, std::initializer_list<int> numbers);
  ~Signals();

  // Completes with the number of the next signal.
  Next next(Stop& stop);

 private:
  Signals(Reactor& reactor, Fd fd) : reactor_(reactor), fd_(std::move(fd)) {}
  bool enlist_now() override { return reactor_.enlist(*this, fd_.get()); }
  Reactor& reactor_;
  Fd fd_;
};

class Signals::Next final : public Wait {
 public:
  Next(Signals& signals, Stop& stop) : Wait(signals.reactor_, signals), signals_(signals), stop_on_(stop) {}
  bool await_ready() { return must_not_begin(Deadline::never(), &stop_on_) || attempt(); }
  void await_suspend(std::coroutine_handle<> waiting) { suspend(waiting, For::reading, Deadline::never(), &stop_on_); }
  Result<int> await_resume() { return result_; }

 private:
  bool attempt() override;
  void end(Error why) override { result_ = std::unexpected(why); }

  Signals& signals_;
  Stop& stop_on_;
  Result<int> result_;
};

inline Signals::Next Signals::next(Stop& stop) { return {*this, stop}; }

}  // namespace rota
