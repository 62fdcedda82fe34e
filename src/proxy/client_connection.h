// One client's connection, from accept to close, and those of a worker that rest between requests. One that rests is a ClientConnection and its Stream,
// and nothing else: no coroutine and no buffer; so ten thousand of them are two megabytes. The first bytes of a request wake it: it becomes a task
// (serve_connection), which lays it to rest again when there is nothing more to serve.
#pragma once

#include <memory>

#include "net/stream.h"
#include "runtime/alarm.h"
#include "runtime/frame_pool.h"
#include "runtime/task_group.h"

namespace rota {

class RestingConnections;
class Worker;

// Keeps its worker from ending as long as it lives, and gives its place back behind that.
class ClientConnection final : private Watcher, private Alarm {
 public:
  // It has been counted as open already.
  ClientConnection(Worker& worker, std::unique_ptr<Stream> stream);
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  Worker& worker() { return worker_; }
  Stream& stream() { return *stream_; }

  static void* operator new(std::size_t size) { return FramePool::take(size); }
  static void operator delete(void* memory, std::size_t size) noexcept { FramePool::give_back(memory, size); }

 private:
  friend class RestingConnections;
  void noticed(std::uint8_t readiness) override;
  void went_off() override;

  TaskGroup::Hold hold_;  // the last to go
  Worker& worker_;
  std::unique_ptr<Stream> stream_;
  ClientConnection* previous_ = nullptr;  // both: of those that rest
  ClientConnection* next_ = nullptr;
};
static_assert(sizeof(void*) != 8 || sizeof(ClientConnection) <= 96);  // there are ten thousand, in pieces of 32

// Owns those that rest. Invariant: each is enlisted, watched, and has a time at which it is closed, if that is not off.
class RestingConnections {
 public:
  RestingConnections() = default;
  RestingConnections(const RestingConnections&) = delete;
  RestingConnections& operator=(const RestingConnections&) = delete;
  ~RestingConnections() { clear(); }

  // A new one. Served at once, where its first bytes are there already.
  void begin(std::unique_ptr<ClientConnection> connection, Duration patience);
  // Until it says something, or for `patience` (zero: for ever); then it is closed without a word.
  void add(std::unique_ptr<ClientConnection> connection, Duration patience);
  // From here on each is only looked at for a last moment: a request may be on its way, from somebody who has seen no end of his connection.
  void leave();
  // Closes them all.
  void clear();

 private:
  friend class ClientConnection;
  std::unique_ptr<ClientConnection> take(ClientConnection& connection);
  void limit(ClientConnection& connection, Duration patience);
  // Serves it if bytes are there, closes it if its end is. Where neither is, it rests on.
  void wake(ClientConnection& connection);

  ClientConnection* first_ = nullptr;
  bool leaving_ = false;
};

}  // namespace rota
