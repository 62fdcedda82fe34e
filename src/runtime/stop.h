// A way to end waits from outside: the client went away, the instance died, the worker is asked to leave. Whoever may have to be ended is handed a
// Stop; a request ends the waits under it now, and each later one at once, with the reason that was given. One thread.
#pragma once

#include "base/error.h"

namespace rota {

class Wait;

class Stop {
 public:
  Stop() = default;
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;
  ~Stop();

  // The first reason stays. The waiting coroutines go on from the reactor's next turn, not from in here.
  void request(Error why);
  bool requested() const { return requested_; }
  Error why() const { return why_; }

 private:
  friend class Wait;
  Wait* first_ = nullptr;
  Error why_{.code = ErrorCode::stopped};
  bool requested_ = false;
};

}  // namespace rota
