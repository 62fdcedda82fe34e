// A whole worker on the in-memory network, with clients and instances that are scripts. What the tests of whole requests stand on.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/task_group.h"
#include "tests/component/staged_worker.h"

namespace rota::test {

// A request as an instance saw it, undone from its framing by the script's own reading.
struct Seen {
  std::string head;
  std::string body;
  std::size_t instance;
};

class ProxyStage {
 public:
  // What an instance does with one connection. It owns the stream.
  using Script = std::function<Task<void>(ProxyStage&, std::size_t instance, std::unique_ptr<Stream>)>;

  // `access_log` outlives it; null: there is none.
  explicit ProxyStage(std::size_t instances = 2, Limits limits = {}, Timeouts timeouts = {},
                      const AccessLog::Settings* access_log = nullptr);
  ~ProxyStage();

  // Every instance plays `script`; nullptr: it refuses.
  void play(Script script);
  void play(std::size_t instance, Script script);
  // No instance says anything to a connection that is asked for.
  void play_silence();

  // A client that sends `pieces` one after the other, each in a turn of its own, and then reads until the end or the silence of all. Its number.
  std::size_t add_client(std::vector<std::string> pieces, bool close_after = false);
  // The client's end of a connection on which nobody reads or writes but the test itself.
  std::unique_ptr<Stream> connect() { return staged_.listener->arrive(); }
  // Everything that the client has received.
  const std::string& received(std::size_t client) const { return clients_[client]->received; }
  bool has_ended(std::size_t client) const { return clients_[client]->end.has_value(); }
  // What its connection ended with.
  ErrorCode end_of(std::size_t client) const { return *clients_[client]->end; }
  // Sends more from a client that is still connected, at once.
  void send(std::size_t client, std::string_view text) { clients_[client]->stream->write_without_waiting(text); }
  void end_sending(std::size_t client) { clients_[client]->stream->shutdown_write(); }
  void hang_up(std::size_t client) { clients_[client]->hung_up.request({.code = ErrorCode::stopped}); }

  // Runs until nothing happens any more; then drains the worker and runs until that is over.
  void run();
  // Only until the instances have seen `count` requests.
  void run_until_seen(std::size_t count);
  // Only until the client has received `text`.
  void run_until_received(std::size_t client, std::string_view text);
  // Only until no client's connection is open any more.
  void run_until_no_connection_is_open();
  void finish();
  // Nothing is left: no task, no buffer.
  void expect_nothing_left();

  // Turns until `done()`, which is expected to come within a bound.
  template <class Done>
  void run_until(Done done) {
    constexpr int kMostTurns = 1000;
    for (int turns = 0; !done() && turns < kMostTurns; ++turns) staged_.reactor.turn();
    ASSERT_TRUE(done());
  }

  MemoryNetwork& network() { return staged_.network; }
  Reactor& reactor() { return staged_.reactor; }
  ManualClock& clock() { return staged_.clock; }
  Worker& worker() { return *staged_.worker; }
  BufferPool& own_buffers() { return own_buffers_; }
  std::size_t open_connections() const { return staged_.connections.open.load(); }
  std::vector<Seen> seen;

 private:
  struct Client {
    std::unique_ptr<Stream> stream;
    std::vector<std::string> pieces;
    bool close_after;
    std::string received;
    std::optional<ErrorCode> end;
    Stop hung_up;
  };
  Task<void> be_client(Client& client);
  StagedWorker staged_;
  BufferPool own_buffers_;
  std::vector<std::unique_ptr<Client>> clients_;
  TaskGroup actors_;
};

// Reads one request from `stream` into a Seen; nullopt: the connection ended first. `rest` carries what came behind it. Independent of rota's codec:
// Content-Length, or chunked as rota is expected to write it.
Task<bool> read_request(ProxyStage& stage, Stream& stream, std::string& rest, Seen& seen);
Task<bool> write_text(Stream& stream, std::string text);
// More into `text`; false: the stream has ended.
Task<bool> read_some(ProxyStage& stage, Stream& stream, std::string& text);

// An instance that answers every request by 200, and the request's own body (or its X-Id) as the body, with Content-Length.
ProxyStage::Script echo();
// One that answers every request with `response`, and closes behind it where `close` says so.
ProxyStage::Script answer(std::string response, bool close = false);
// One that answers as soon as it is connected to, and then reads whatever comes.
ProxyStage::Script answer_at_once(std::string response);

}  // namespace rota::test
