// The other end of hop four: behind a 101 that was asked for, bytes go both ways, and rota reads nothing into them. Each direction ends by itself, and its
// end is passed on; the tunnel is over when both have ended, when one breaks, or when nothing has moved for timeouts.tunnel.
#pragma once

#include "net/stream.h"
#include "proxy/client_stream.h"
#include "runtime/task.h"

namespace rota {

struct Tunnel {
  ClientStream& client;
  Stream& upstream;
  BufferPool& buffers;
  Buffer& from_instance;  // what it sent behind its 101
  Duration idle;          // timeouts.tunnel
  Stop& stop;
};

// Its error is why it broke; both sides then see a reset, because an end would look like one that was meant.
Task<Result<void>> run(const Tunnel& tunnel);

}  // namespace rota
