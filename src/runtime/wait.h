// One suspended wait: a coroutine that goes on when its operation has completed, its deadline has passed or its Stop was requested, whichever is
// first. It is an awaitable's own state, so it lives in the waiting coroutine's frame and costs no allocation.
// Invariant: while suspended it is linked to its Pollable, and to the timers and the Stop where it has them; once ended it is linked to nothing.
#pragma once

#include <coroutine>

#include "base/deadline.h"
#include "base/error.h"
#include "runtime/pollable.h"
#include "runtime/stop.h"
#include "runtime/timers.h"

namespace rota {

class Reactor;

class Wait : private Timer {
 public:
  enum class For : bool { reading, writing };

  // Something happened on the Pollable: tries the operation again, and goes on if it completed. Only the Reactor calls it.
  void retry();

 protected:
  Wait(Reactor& reactor, Pollable& on) : reactor_(reactor), on_(on) {}
  ~Wait() { CHECK(!waiting_); }

  // Tries the operation without waiting; true: it is complete, whatever the result.
  virtual bool attempt() = 0;
  // The result is this error.
  virtual void end(Error why) = 0;

  // Ends with an error before it even waits, where it should not begin. Called by await_ready of each operation.
  bool must_not_begin(Deadline deadline, const Stop* stop);
  void suspend(std::coroutine_handle<> waiting, For direction, Deadline deadline, Stop* stop);

  Reactor& reactor() const { return reactor_; }

 private:
  friend class Stop;
  friend class Pollable;
  void expired() final;
  void end_later(Error why);
  void unlink();
  Wait*& place() const { return direction_ == For::reading ? on_.reader_ : on_.writer_; }

  Reactor& reactor_;
  Pollable& on_;
  std::coroutine_handle<> waiting_;
  Stop* stop_ = nullptr;
  Wait* stop_previous_ = nullptr;
  Wait* stop_next_ = nullptr;
  For direction_ = For::reading;
};

}  // namespace rota
