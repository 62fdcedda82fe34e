// Hop four: one attempt's conversation with one instance, over a connection that is open. Head up, body up, head down, body down; both bodies stream,
// and an answer may come while the request's body still goes.
#pragma once

#include <optional>

#include "model/settings.h"
#include "net/stream.h"
#include "proxy/client_stream.h"
#include "runtime/task.h"

namespace rota {

class Worker;

struct Exchange {
  Worker& worker;
  ClientStream& client;
  std::string_view head;  // as it goes to the instance
  const BodyPiece& body;  // what had come of the request's body when it began
  const Timeouts& timeouts;
  Stop& stop;
};

struct Outcome {
  std::optional<Error> error;  // none: the client has the whole answer
  bool request_sent = false;   // a byte of the request may have reached the instance
  bool reusable = false;       // the connection can serve another request
  bool switched = false;       // the client has a 101: what follows is a tunnel
  Buffer behind_switch = {};   // what the instance sent behind that
};

// An error's `reused` is set where the instance said nothing at all: what a connection that had died idle looks like.
Task<Outcome> run(const Exchange& exchange, Stream& upstream);

}  // namespace rota
