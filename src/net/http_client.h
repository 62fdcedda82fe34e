// One HTTP/1.1 request at a time, made by rota itself: health probes, the command line, the demo. The answer whole, in memory, within bounds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/address.h"
#include "net/dialer.h"
#include "runtime/buffer_pool.h"
#include "runtime/stop.h"
#include "runtime/task.h"

namespace rota {

struct ClientRequest {
  std::string_view method = "GET";
  std::string_view path = "/";
  std::string_view host = {};  // empty: the address, as text
  std::string_view body = {};
  std::vector<std::pair<std::string, std::string>> fields = {};  // besides Host, Content-Length, Connection
  std::size_t most = 1024 * 1024;  // bytes of the answer's body; 0: its head is enough, and the connection ends behind it
};

struct ClientAnswer {
  std::uint16_t status = 0;
  std::vector<std::pair<std::string, std::string>> fields = {};  // names in lower case
  std::string body = {};

  std::string_view field(std::string_view lower) const;
};

class HttpClient {
 public:
  // All of these outlive it.
  HttpClient(Reactor& reactor, Dialer& dialer, BufferPool& buffers, Address to);

  // Uses its kept connection where it has one, and once more a new one where that turns out to be dead. Errors: the dialer's (refused, timed_out, …), the stream's
  // (end_of_stream, reset, timed_out), the parser's (response_malformed, …), or what `stop` was requested with. `deadline` is of the whole.
  Task<Result<ClientAnswer>> call(const ClientRequest& request, Deadline deadline, Stop* stop = nullptr);

 private:
  Reactor& reactor_;
  Dialer& dialer_;
  BufferPool& buffers_;
  const Address to_;
  std::unique_ptr<Stream> kept_;
};

}  // namespace rota
