// A message body's way through, piece by piece: read, framed anew, written, one buffer at a time; so a slow reader slows the sender and holds no memory.
#pragma once

#include "net/body_reader.h"
#include "proxy/client_stream.h"
#include "proxy/replay.h"

namespace rota {

// From the client to the instance, to its end; what passes is kept in `replay`, where there is one. An error's blame says whose it is: the client's reading, or the
// instance's writing.
Task<Result<void>> relay_up(ClientStream& client, Stream& upstream, bool chunked, Replay* replay, Duration stall, Stop& stop);

// From the instance to the client, to its end. `input` holds what has come of it already; what comes behind the end stays there.
Task<Result<void>> relay_down(ClientStream& client, Stream& upstream, BodyReader& body, BufferPool& buffers, Buffer& input, Duration stall,
                              Stop& stop);

}  // namespace rota
