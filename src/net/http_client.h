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

// Its texts need only remain valid until the call has ended.
struct ClientRequest {
  std::string_view method = "GET";  // not CONNECT
  std::string_view path = "/";      // with its query
  std::string_view host = {};       // empty: the address, as text
  std::string_view body = {};
  std::vector<std::pair<std::string, std::string>> fields = {};  // besides Host, Content-Length, Connection
  std::size_t most = 1024 * 1024;  // bytes of the answer's body; 0: its head is enough, and the connection ends behind it
};

struct ClientAnswer {
  std::uint16_t status = 0;
  std::vector<std::pair<std::string, std::string>> fields = {};  // names in lower case
  std::string body = {};

  // Of the first field of that name, given in lower case; empty: there is none.
  std::string_view field(std::string_view lower) const;
};

class HttpClient {
 public:
  // All of these outlive it. An answer's head fits one buffer of the pool, and has at most the default HeadLimits.
  HttpClient(Reactor& reactor, Dialer& dialer, BufferPool& buffers, Address to);

  // Uses its kept connection where it has one; a GET or HEAD goes once more, on a new one, where that turns out to be dead before a byte of the answer came.
  // `deadline` is of the whole. Errors: bad_request where a text of `request` must not stand in a head, and nothing was sent; the dialer's (refused, timed_out,
  // ...); the stream's (end_of_stream, reset, timed_out, io); the parser's (response_malformed, response_head_too_large); content_too_large where the body is
  // longer than `most`; or what `stop` was requested with.
  Task<Result<ClientAnswer>> call(const ClientRequest& request, Deadline deadline, Stop* stop = nullptr);

 private:
  class Exchange;
  std::unique_ptr<Stream> take_kept();

  Reactor& reactor_;
  Dialer& dialer_;
  BufferPool& buffers_;
  const Address to_;
  std::unique_ptr<Stream> kept_;  // enlisted, so that its end is seen
};

}  // namespace rota
