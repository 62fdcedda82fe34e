// One HTTP request as a client makes it, for the demo: a connection of its own or a kept one, the answer whole and in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "net/dialer.h"
#include "runtime/buffer_pool.h"
#include "runtime/task.h"

namespace rota {

struct HttpCall {
  std::string_view method = "GET";
  std::string_view path = "/";
  std::string_view body;
};

struct HttpAnswer {
  std::uint16_t status = 0;
  std::string instance;  // X-Instance
  std::string body;
};

class HttpCaller {
 public:
  // All of these outlive it.
  HttpCaller(Reactor& reactor, Dialer& dialer, BufferPool& buffers, const Address& to)
      : reactor_(reactor), dialer_(dialer), buffers_(buffers), to_(to) {}

  // Uses its kept connection where it has one. At most `kMostTime`.
  Task<Result<HttpAnswer>> call(const HttpCall& call);

  static constexpr Duration kMostTime = std::chrono::seconds{5};

 private:
  Reactor& reactor_;
  Dialer& dialer_;
  BufferPool& buffers_;
  const Address& to_;
  std::unique_ptr<Stream> kept_;
};

}  // namespace rota
