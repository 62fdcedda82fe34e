#include "proxy/client_connection.h"

#include "proxy/serve_connection.h"
#include "proxy/worker.h"

namespace rota {
namespace {

constexpr Duration kLastLook = std::chrono::milliseconds{100};
constexpr std::uint8_t kNews = Readiness::readable | Readiness::peer_closed | Readiness::broken;

}  // namespace

ClientConnection::ClientConnection(Worker& worker, std::unique_ptr<Stream> stream)
    : hold_(worker.tasks()), worker_(worker), stream_(std::move(stream)) {}

ClientConnection::~ClientConnection() { worker_.connections().open.fetch_sub(1, std::memory_order_relaxed); }

void ClientConnection::noticed(std::uint8_t readiness) {
  if ((readiness & kNews) != 0) worker_.resting().wake(*this);
}

void ClientConnection::went_off() { worker_.resting().take(*this); }

void RestingConnections::begin(std::unique_ptr<ClientConnection> connection, Duration patience) {
  Stream& stream = connection->stream();
  Worker& worker = connection->worker();
  Result<Buffer> came = stream.read_now(worker.buffers());
  if (!came) return;
  if (!*came) return add(std::move(connection), patience);
  worker.tasks().spawn(serve_connection(worker, std::move(connection), std::move(*came)));
}

void RestingConnections::add(std::unique_ptr<ClientConnection> connection, Duration patience) {
  ClientConnection& added = *connection.release();
  added.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &added;
  first_ = &added;
  added.stream().watch(&added);
  limit(added, leaving_ ? kLastLook : patience);
  if (!added.stream().enlist()) take(added);
}

void RestingConnections::limit(ClientConnection& connection, Duration patience) {
  Reactor& reactor = connection.stream().reactor();
  connection.set(reactor.timers(), Deadline::after(reactor.now(), patience));
}

std::unique_ptr<ClientConnection> RestingConnections::take(ClientConnection& connection) {
  if (connection.next_ != nullptr) connection.next_->previous_ = connection.previous_;
  (connection.previous_ != nullptr ? connection.previous_->next_ : first_) = connection.next_;
  connection.previous_ = connection.next_ = nullptr;
  connection.stream().watch(nullptr);
  connection.clear();
  return std::unique_ptr<ClientConnection>(&connection);
}

void RestingConnections::wake(ClientConnection& connection) {
  Worker& worker = connection.worker();
  Result<Buffer> came = connection.stream().read_now(worker.buffers());
  if (came && !*came) return;
  std::unique_ptr<ClientConnection> awake = take(connection);
  if (came) worker.tasks().spawn(serve_connection(worker, std::move(awake), std::move(*came)));
}

void RestingConnections::leave() {
  leaving_ = true;
  for (ClientConnection* connection = first_; connection != nullptr; connection = connection->next_) limit(*connection, kLastLook);
}

void RestingConnections::clear() {
  while (first_ != nullptr) take(*first_);
}

}  // namespace rota
