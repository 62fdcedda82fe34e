// Hop two: a connection on which a request has begun, until it has nothing more to say.
#pragma once

#include <memory>

#include "proxy/client_connection.h"
#include "runtime/buffer_pool.h"
#include "runtime/task.h"

namespace rota {

// Serves what has come, `input`, and what comes behind it, one request after the other; then lays the connection to rest, or closes it.
Task<void> serve_connection(Worker& worker, std::unique_ptr<ClientConnection> connection, Buffer input);

}  // namespace rota
