#include "proxy/serve_listener.h"

#include "proxy/client_connection.h"
#include "proxy/worker.h"

namespace rota {
namespace {

// How long accepting pauses where there is no room; another worker's connections may make some, so nobody tells.
constexpr Duration kPause = std::chrono::milliseconds{50};

// So many at a time, however many are queued: those who are served already have their turns between.
constexpr int kAcceptedATurn = 64;

auto pause(Worker& worker) { return worker.reactor().sleep_until(Deadline::after(worker.reactor().now(), kPause)); }

bool is_full(Worker& worker) { return worker.connections().open.load(std::memory_order_relaxed) >= worker.limits().connections; }

// For a connection that is accepted. One that is leaving takes in whoever was queued: he has been told that he is connected.
bool take_place(Worker& worker) {
  ConnectionCount& count = worker.connections();
  return count.try_add(worker.is_leaving() ? UINT64_MAX : worker.limits().connections);
}

}  // namespace

Task<void> serve_listener(Worker& worker, std::unique_ptr<Listener> listener) {
  for (int accepted_here = 1;; ++accepted_here) {
    if (accepted_here % kAcceptedATurn == 0) co_await worker.reactor().next_turn();
    while (is_full(worker) && !worker.is_leaving()) co_await pause(worker);
    Result<std::unique_ptr<Stream>> accepted = co_await listener->accept(worker.leaving());
    if (accepted) {
      while (!take_place(worker)) co_await pause(worker);
      worker.resting().begin(std::make_unique<ClientConnection>(worker, std::move(*accepted)), worker.limits().header_timeout);
    } else if (accepted.error().code == ErrorCode::stopped) {
      co_return;
    } else {
      co_await pause(worker);
    }
  }
}

}  // namespace rota
