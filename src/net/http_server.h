// A small HTTP/1.1 server for what rota itself has to say: whole requests in, whole answers out, few connections at a time. Not for clients' traffic.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "http/request_head.h"
#include "net/listener.h"
#include "net/served_answer.h"
#include "runtime/buffer_pool.h"
#include "runtime/stop.h"
#include "runtime/task_group.h"

namespace rota {

// Valid while its handler runs.
struct ServedRequest {
  const http::RequestHead& head;
  std::string_view body;
  const Peer& peer;

  // Of the first field of that name, given in lower case; empty: there is none.
  std::string_view field(std::string_view lower) const;
};

// Never waits. An answer that may not stand in a head is a 500.
using RequestHandler = std::function<ServedAnswer(const ServedRequest&)>;

// On its reactor's thread. Invariants: (1) at most kMostConnections are served; (2) the requests of a connection are
// answered one after the other, in order; (3) no wait is longer than the times below, whatever the client does.
class HttpServer {
 public:
  // Beyond, the one that has been idle for longest is closed; if none is idle, the new one is.
  static constexpr std::size_t kMostConnections = 64;
  static constexpr std::size_t kLongestBody = 64 * 1024;
  static constexpr Duration kHeadTime = std::chrono::seconds{10};  // for a head from its first byte on; and again for a body
  static constexpr Duration kIdleTime = std::chrono::seconds{75};
  static constexpr Duration kSendTime = std::chrono::seconds{10};  // for each 16 KiB of an answer

  // The reactor outlives it.
  HttpServer(Reactor& reactor, RequestHandler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  // Behind all_ended().
  ~HttpServer() = default;

  // Any number of times.
  void serve(std::unique_ptr<Listener> listener);
  // Accepts nothing more and ends every connection.
  void end();
  auto all_ended() { return tasks_.all_ended(); }

  std::size_t connections() const { return connections_.size(); }

 private:
  struct Connection {
    explicit Connection(std::unique_ptr<Stream> its) : stream(std::move(its)) {}
    std::unique_ptr<Stream> stream;
    Stop stop;
    bool idle = false;  // nothing of a request has come
    TimePoint idle_since{};
  };
  using Place = std::list<Connection>::iterator;
  enum class Next : std::uint8_t { idle, close, linger };

  Task<void> accept_all(std::unique_ptr<Listener> listener);
  Task<bool> make_room();
  Connection* longest_idle();
  Task<void> serve_connection(Place place);
  Task<Result<void>> wait_for_request(Connection& connection, Buffer& input, Duration patience);
  Task<Next> serve_request(Connection& connection, Buffer& input);
  Task<Result<void>> read_head(Connection& connection, Buffer& input, http::RequestHead& head);
  Task<Result<void>> read_body(Connection& connection, const http::RequestHead& head, Buffer& input, Buffer& more, std::string& body);
  ServedAnswer answer_to(const ServedRequest& request) const;
  Task<Result<void>> write(Connection& connection, std::string_view text);
  bool has_unread(Connection& connection, const Buffer& rest);
  Task<void> linger(Connection& connection);

  Reactor& reactor_;
  RequestHandler handler_;
  BufferPool buffers_;
  Stop ending_;
  std::list<Connection> connections_;
  TaskGroup tasks_;
};

}  // namespace rota
