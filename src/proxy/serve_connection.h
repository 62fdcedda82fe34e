// Hop two: one client's connection, from its first byte to its last.
#pragma once

#include <memory>

#include "net/stream.h"
#include "runtime/task.h"

namespace rota {

class Worker;

// Waits for requests and serves them one after the other. While it waits it holds no buffer, and the smallest frame.
Task<void> serve_connection(Worker& worker, std::unique_ptr<Stream> stream);

}  // namespace rota
