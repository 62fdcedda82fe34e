// Hop one of a request's life: accept connections and give each a task of its own.
#pragma once

#include <memory>

#include "net/listener.h"
#include "runtime/task.h"

namespace rota {

class Worker;

// Ends when the worker leaves, after what was still queued. At limits.connections, and out of descriptors, it pauses; what is served goes on.
// The listener is closed when it ends, so that nobody is queued there whom nobody will serve.
Task<void> serve_listener(Worker& worker, std::unique_ptr<Listener> listener);

}  // namespace rota
