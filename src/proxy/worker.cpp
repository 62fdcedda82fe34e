#include "proxy/worker.h"

#include <algorithm>

#include "http/request_writer.h"
#include "http/scan.h"
#include "proxy/serve_listener.h"

namespace rota {

namespace {

// What a body moves at a time, where there is that much: of the sizes measured, the one that costs least for each byte (docs/decisions/0007). Not 64 KiB:
// a segment of the loopback holds 65,483 bytes, and the rest would be a packet of its own.
constexpr std::size_t kBodyPiece = 60 * 1024;

}  // namespace

static_assert(BufferPool::kSlack >= http::kScanSlack);

// A buffer holds the longest head that is allowed, and what rota adds to it when it forwards it.
Worker::Worker(Reactor& reactor, Dialer& dialer, const Limits& limits, ConnectionCount& connections, AccessLog* access_log,
               std::uint64_t seed)
    : reactor_(reactor),
      limits_(limits),
      connections_(connections),
      access_log_(access_log),
      buffers_(std::max<std::size_t>(limits.header_bytes + http::kForwardedGrowth, kBodyPiece)),
      upstreams_(reactor, dialer),
      rng_(seed) {}

void Worker::serve(std::unique_ptr<Listener> listener) { tasks_.spawn(serve_listener(*this, std::move(listener))); }

void Worker::leave() {
  if (leaving_.requested()) return;
  leaving_.request({.code = ErrorCode::stopped});
  resting_.leave();
}

void Worker::end_all() {
  leave();
  active_.end_all({.code = ErrorCode::stopped});
  resting_.clear();
  upstreams_.clear();
}

}  // namespace rota
