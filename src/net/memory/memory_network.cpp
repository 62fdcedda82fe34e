#include "net/memory/memory_network.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "runtime/wait.h"

namespace rota {
namespace {

// One direction of a connection.
struct Pipe {
  std::string bytes;
  bool ended = false;
};

// What both ends share.
struct Connection {
  std::array<Pipe, 2> pipes;  // [i]: from end i
  std::array<MemoryStream*, 2> ends{};
  std::size_t capacity;
  bool broken = false;
};

}  // namespace

class MemoryStream final : public Stream {
 public:
  MemoryStream(MemoryNetwork& network, std::shared_ptr<Connection> connection, int end, bool tested, const Peer& peer)
      : Stream(network.reactor(), peer), network_(network), connection_(std::move(connection)), end_(end), tested_(tested) {
    connection_->ends[end_] = this;
    slot_ = reactor().attach(*this);
    set_ready(Readiness::writable);
  }

  ~MemoryStream() override {
    reactor().detach(*this);
    connection_->ends[end_] = nullptr;
    if (!incoming().bytes.empty() || resets_) {
      break_connection();  // as TCP does: closing with bytes unread resets
    } else {
      outgoing().ended = true;
      tell_peer(Readiness::readable | Readiness::peer_closed);
    }
  }

  void shutdown_write() override {
    outgoing().ended = true;
    tell_peer(Readiness::readable | Readiness::peer_closed);
  }

  void reset_on_close() override { resets_ = true; }

 private:
  Pipe& incoming() { return connection_->pipes[1 - end_]; }
  Pipe& outgoing() { return connection_->pipes[end_]; }
  MemoryStream* peer_end() { return connection_->ends[1 - end_]; }

  // As the kernel does it: who is not enlisted is told nothing, and who becomes it, what it is ready for then. It may refuse.
  void tell(std::uint8_t readiness) {
    if (is_enlisted()) network_.report(slot_, readiness);
  }
  bool enlist_now() override {
    if (tested_ && network_.fails_now() && network_.fault_ != Fault::trickle) return false;
    std::uint8_t ready = Readiness::writable;
    if (!incoming().bytes.empty() || incoming().ended) ready |= Readiness::readable;
    if (incoming().ended) ready |= Readiness::peer_closed;
    if (connection_->broken) ready |= Readiness::readable | Readiness::broken;
    network_.report(slot_, ready);
    return true;
  }
  void tell_peer(std::uint8_t readiness) {
    if (peer_end() != nullptr) peer_end()->tell(readiness);
  }
  void break_connection() {
    connection_->broken = true;
    for (MemoryStream* end : connection_->ends) {
      if (end != nullptr) end->tell(Readiness::readable | Readiness::broken);
    }
  }

  ssize_t receive(std::span<char> into) override {
    std::size_t most = into.size();
    if (tested_ && network_.fails_now()) {
      if (network_.fault_ == Fault::end) return 0;
      if (network_.fault_ == Fault::reset) break_connection();
      if (network_.fault_ == Fault::trickle) most = 1;
    }
    if (connection_->broken) return -ECONNRESET;
    Pipe& from = incoming();
    if (from.bytes.empty()) return from.ended ? 0 : -EAGAIN;
    const bool was_full = from.bytes.size() >= connection_->capacity;
    const std::size_t count = std::min(most, from.bytes.size());
    std::memcpy(into.data(), from.bytes.data(), count);
    from.bytes.erase(0, count);
    if (was_full) tell_peer(Readiness::writable);
    if (!from.bytes.empty()) tell(Readiness::readable);  // a short read by choice, not because it is empty
    return static_cast<ssize_t>(count);
  }

  ssize_t send(std::span<const iovec> pieces, Behind) override {
    Pipe& to = outgoing();
    std::size_t room = connection_->capacity - std::min(connection_->capacity, to.bytes.size());
    if (tested_ && network_.fails_now()) {
      if (network_.fault_ == Fault::trickle) {
        room = std::min<std::size_t>(room, 1);
      } else {
        break_connection();
      }
    }
    if (connection_->broken) return -ECONNRESET;
    CHECK(!to.ended);
    if (peer_end() == nullptr) break_connection();  // as TCP does: the bytes are sent, and what comes back is a reset
    std::size_t sent = 0;
    for (const iovec& one : pieces) {
      const std::size_t count = std::min(one.iov_len, room - sent);
      to.bytes.append(static_cast<const char*>(one.iov_base), count);
      sent += count;
    }
    if (sent == 0) return -EAGAIN;
    tell_peer(Readiness::readable);
    return static_cast<ssize_t>(sent);
  }

  MemoryNetwork& network_;
  std::shared_ptr<Connection> connection_;
  int end_;
  bool tested_;
  bool resets_ = false;
  SlotId slot_;
};

MemoryNetwork::Pair MemoryNetwork::connect(const Peer& peer) {
  auto connection = std::make_shared<Connection>();
  connection->capacity = capacity_;
  Pair pair;
  pair.tested = std::make_unique<MemoryStream>(*this, connection, 0, true, peer);
  pair.own = std::make_unique<MemoryStream>(*this, connection, 1, false, peer);
  return pair;
}

void MemoryNetwork::run_until_idle() {
  idle_ = false;
  while (!idle_) reactor_->turn();
}

bool MemoryNetwork::run_now(int most) {
  idle_ = false;
  stands_still_ = true;
  for (int turns = 0; !idle_ && turns < most; ++turns) reactor_->turn();
  stands_still_ = false;
  return idle_;
}

bool MemoryNetwork::pass_time() {
  idle_ = false;
  reactor_->turn();
  return !idle_;
}

void MemoryNetwork::poll(Deadline until, TimePoint, std::vector<ReadinessEvent>& events) {
  if (events_.empty() && !woken_ && !until.has_passed(clock_.now())) {
    idle_ = stands_still_ || until.is_never();
    if (!idle_) clock_.advance_to(until.point());
  }
  woken_ = false;
  events.insert(events.end(), events_.begin(), events_.end());
  events_.clear();
}

MemoryListener::MemoryListener(MemoryNetwork& network) : network_(network), slot_(network.reactor().attach(*this)) {}

MemoryListener::~MemoryListener() { network_.reactor().detach(*this); }

std::unique_ptr<Stream> MemoryListener::arrive(const Peer& peer) {
  MemoryNetwork::Pair pair = network_.connect(peer);
  queue_.push_back(std::move(pair.tested));
  network_.report(slot_, Readiness::readable);
  return std::move(pair.own);
}

class MemoryListener::Arrival final : public Wait {
 public:
  Arrival(MemoryListener& listener, Stop& stop) : Wait(listener.network_.reactor(), listener), listener_(listener), stop_on_(stop) {}
  bool await_ready() { return attempt() || must_not_begin(Deadline::never(), &stop_on_); }
  void await_suspend(std::coroutine_handle<> waiting) { suspend(waiting, For::reading, Deadline::never(), &stop_on_); }
  Result<std::unique_ptr<Stream>> await_resume() { return std::move(result_); }

 private:
  bool attempt() override {
    if (listener_.queue_.empty()) return false;
    if (listener_.network_.fails_now()) {
      result_ = fail(ErrorCode::out_of_fds);  // it stays queued
      return true;
    }
    result_ = std::move(listener_.queue_.front());
    (*result_)->set_ready(Readiness::readable);  // as PosixListener does
    listener_.queue_.pop_front();
    return true;
  }
  void end(Error why) override { result_ = std::unexpected(why); }

  MemoryListener& listener_;
  Stop& stop_on_;
  Result<std::unique_ptr<Stream>> result_;
};

Task<Result<std::unique_ptr<Stream>>> MemoryListener::accept(Stop& stop) {
  Result<std::unique_ptr<Stream>> arrived = co_await Arrival(*this, stop);
  co_return arrived;
}

// What never happens.
class MemoryDialer::Silence final : private Pollable, public Wait {
 public:
  Silence(Reactor& reactor, Deadline deadline, Stop* stop) : Wait(reactor, *this), deadline_(deadline), stop_on_(stop) {}
  bool await_ready() { return must_not_begin(deadline_, stop_on_); }
  void await_suspend(std::coroutine_handle<> waiting) { suspend(waiting, For::writing, deadline_, stop_on_); }
  Error await_resume() const { return why_; }

 private:
  bool enlist_now() override { return true; }
  bool attempt() override { return false; }
  void end(Error why) override { why_ = why; }
  Deadline deadline_;
  Stop* stop_on_;
  Error why_{};
};

Task<Result<std::unique_ptr<Stream>>> MemoryDialer::dial(const Address& address, Deadline deadline, Stop* stop) {
  const auto answer = answers_.find(address.text());
  CHECK(answer != answers_.end());
  co_await network_.reactor().next_turn();  // as a real one, it does not complete at once
  if (stop != nullptr && stop->requested()) co_return std::unexpected(stop->why());
  if (!answer->second) {
    const Error why = co_await Silence(network_.reactor(), deadline, stop);
    co_return std::unexpected(why);
  }
  const Answer& connected = *answer->second;
  if (network_.fails_now() || !connected) co_return fail(ErrorCode::refused, Blame::upstream);
  MemoryNetwork::Pair pair = network_.connect();
  connected(std::move(pair.own));
  co_return std::move(pair.tested);
}

}  // namespace rota
