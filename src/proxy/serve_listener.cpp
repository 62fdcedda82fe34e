#include "proxy/serve_listener.h"

#include "proxy/serve_connection.h"
#include "proxy/worker.h"

namespace rota {
namespace {

// How long accepting pauses where there is no room; another worker's connections may make some, so nobody tells.
constexpr Duration kPause = std::chrono::milliseconds{50};

bool is_full(Worker& worker) { return worker.connections().open.load(std::memory_order_relaxed) >= worker.limits().connections; }

}  // namespace

Task<void> serve_listener(Worker& worker, std::unique_ptr<Listener> listener) {
  for (;;) {
    while (is_full(worker) && !worker.is_leaving()) {
      co_await worker.reactor().sleep_until(Deadline::after(worker.reactor().now(), kPause));
    }
    Result<std::unique_ptr<Stream>> accepted = co_await listener->accept(worker.leaving());
    if (accepted) {
      worker.tasks().spawn(serve_connection(worker, std::move(*accepted)));
    } else if (accepted.error().code == ErrorCode::stopped) {
      co_return;
    } else {
      co_await worker.reactor().sleep_until(Deadline::after(worker.reactor().now(), kPause));
    }
  }
}

}  // namespace rota
