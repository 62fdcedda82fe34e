// Where connections come from.
#pragma once

#include <memory>

#include "base/error.h"
#include "net/stream.h"
#include "runtime/task.h"

namespace rota {

class Listener {
 public:
  virtual ~Listener() = default;
  // The next connection, when there is one. out_of_fds: what there is stays queued, and a later call gets it. `stop` ends the wait.
  virtual Task<Result<std::unique_ptr<Stream>>> accept(Stop& stop) = 0;
};

}  // namespace rota
