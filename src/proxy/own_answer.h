// rota's own answer on its way: written whole, and written down.
#pragma once

#include "net/stream.h"
#include "proxy/record.h"
#include "proxy/rescue.h"
#include "runtime/task.h"

namespace rota {

class Worker;

// The error is the client's: it went away or does not read. When the worker is ending everything, what the socket takes at once has to do.
Task<Result<void>> send_own_answer(Worker& worker, Stream& stream, const OwnResponse& response, Record& record, bool close, bool with_body);

}  // namespace rota
