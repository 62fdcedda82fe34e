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
Worker::Worker(const Parts& parts)
    : reactor_(parts.reactor),
      limits_(parts.limits),
      head_limits_{.bytes = limits_.header_bytes, .fields = limits_.headers},
      connections_(parts.connections),
      access_log_(parts.access_log),
      number_(parts.number),
      unrouted_(parts.unrouted),
      news_(parts.news),
      buffers_(std::max<std::size_t>(limits_.header_bytes + http::kForwardedGrowth, kBodyPiece)),
      upstreams_(reactor_, parts.dialer, number_),
      rng_(parts.seed) {}

void Worker::publish(Publication publication) {
  snapshots_.replace(std::move(publication.snapshot));
  for (const auto& lost : publication.lost) upstreams_.give_up(*lost);
}

void Worker::count(const Record& record, const http::RequestHead& head) {
  ServiceCells* cells = record.cells;
  if (cells != nullptr) [[likely]] {
    cells->in_flight.add(-1);
  } else if (unrouted_ != nullptr) {
    cells = unrouted_;
  } else {
    return;
  }
  cells->requests[static_cast<std::size_t>(head.method)].add(record.status);
  cells->duration.record(reactor_.now() - record.began);
  if (record.failure) [[unlikely]]
    cells->errors[static_cast<std::size_t>(*record.failure)].add();
}

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
