// Hop three: one request, from its head to its answer. Chooses, tries, tries elsewhere where that is safe, and always answers.
#pragma once

#include "proxy/client_stream.h"
#include "runtime/task.h"

namespace rota {

class Worker;

// `stop` ends it early: the client went away, or there is no more time.
Task<void> forward(Worker& worker, ClientStream& client, Stop& stop);

}  // namespace rota
