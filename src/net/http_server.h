// A small HTTP/1.1 server for what rota itself has to say: whole requests in, whole answers out, few connections at a time. Not for clients' traffic.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/request_head.h"
#include "net/listener.h"
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

struct ServedAnswer {
  std::uint16_t status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> fields = {};  // besides Content-Type, Content-Length and Connection; free of CR and LF
};

// Never waits.
using RequestHandler = std::function<ServedAnswer(const ServedRequest&)>;

class HttpServer {
 public:
  static constexpr std::size_t kMostConnections =
      64;  // beyond, the one that has been idle for longest is closed; if none is idle, the new one is
  static constexpr std::size_t kLongestBody = 64 * 1024;
  static constexpr Duration kHeadTime = std::chrono::seconds{10};
  static constexpr Duration kIdleTime = std::chrono::seconds{75};
  static constexpr Duration kSendTime = std::chrono::seconds{10};  // without progress

  // The reactor outlives it.
  HttpServer(Reactor& reactor, RequestHandler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void serve(std::unique_ptr<Listener> listener);
  // Accepts nothing more and ends every connection.
  void end();
  auto all_ended() { return tasks_.all_ended(); }

 private:
  Reactor& reactor_;
  RequestHandler handler_;
  BufferPool buffers_;
  Stop ending_;
  TaskGroup tasks_;
};

}  // namespace rota
