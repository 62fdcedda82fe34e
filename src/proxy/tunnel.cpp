#include "proxy/tunnel.h"

#include "proxy/relay.h"
#include "runtime/task_group.h"

namespace rota {
namespace {

// Ends a tunnel on which nothing moves. It looks again when the latest piece has become old enough, so that a piece costs it nothing.
class Quiet final : private Timer {
 public:
  explicit Quiet(const Tunnel& tunnel) : tunnel_(tunnel), began_(reactor().now()) {
    if (tunnel.idle > Duration::zero()) look();
  }

 private:
  Reactor& reactor() const { return tunnel_.upstream.reactor(); }
  void look() {
    const TimePoint last = std::max(began_, tunnel_.client.record().moved);
    if (reactor().now() - last >= tunnel_.idle) return tunnel_.stop.request({.code = ErrorCode::tunnel_timeout, .blame = Blame::us});
    reactor().timers().set(*this, last + tunnel_.idle);
  }
  void expired() override { look(); }

  const Tunnel& tunnel_;
  TimePoint began_;
};

// One direction's end, as the other one and the whole see it.
void note(const Tunnel& tunnel, Result<void>& whole, const Result<void>& ended) {
  if (ended || !whole) return;
  whole = ended;
  tunnel.stop.request(ended.error());
}

Task<void> go_up(const Tunnel& tunnel, Result<void>& whole) {
  const Result<void> ended = co_await relay_up(tunnel.client, tunnel.upstream, false, nullptr, Duration::zero(), tunnel.stop);
  if (ended) tunnel.upstream.shutdown_write();
  note(tunnel, whole, ended);
}

}  // namespace

Task<Result<void>> run(const Tunnel& tunnel) {
  const Quiet quiet(tunnel);
  Result<void> whole;
  TaskGroup up;
  up.spawn(go_up(tunnel, whole));
  BodyReader body(BodyReader::Side::response, {.framing = http::Framing::until_close}, {});
  const Result<void> down =
      co_await relay_down(tunnel.client, tunnel.upstream, body, tunnel.buffers, tunnel.from_instance, Duration::zero(), tunnel.stop);
  note(tunnel, whole, down);
  co_await up.all_ended();
  if (!whole) tunnel.upstream.reset_on_close();
  co_return whole;
}

}  // namespace rota
