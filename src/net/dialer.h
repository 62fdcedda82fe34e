// How instances are reached.
#pragma once

#include <memory>

#include "base/deadline.h"
#include "base/error.h"
#include "net/address.h"
#include "net/stream.h"
#include "runtime/task.h"

namespace rota {

class Dialer {
 public:
  virtual ~Dialer() = default;
  // A connection to `address`, which is not a name. Errors: refused, unreachable, timed_out, out_of_fds, io, or what `stop` was requested with.
  virtual Task<Result<std::unique_ptr<Stream>>> dial(const Address& address, Deadline deadline, Stop* stop) = 0;
};

}  // namespace rota
