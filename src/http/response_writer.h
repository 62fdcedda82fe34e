// The head that goes to the client: the instance's own lines as they were sent, without what was dropped, framed for this client.
#pragma once

#include "http/response_head.h"
#include "http/text_writer.h"

namespace rota::http {

// How the client is told where the body ends.
enum class ClientFraming : std::uint8_t {
  as_it_is,  // none or Content-Length: the lines say it already
  chunked,
  until_close,
};

struct ResponseManner {
  ClientFraming framing = ClientFraming::as_it_is;
  bool close = false;           // the connection ends behind this response
  bool say_keep_alive = false;  // an HTTP/1.0 client has to be told
};

// Appends to `out`, which has room for the head and kForwardedGrowth.
void write_response_head(const ResponseHead& head, const ResponseManner& manner, TextWriter& out);

}  // namespace rota::http
