#include "http/response_writer.h"

#include "http/upgrade.h"

namespace rota::http {

void write_response_head(const ResponseHead& head, const ResponseManner& manner, TextWriter& out) {
  out.append("HTTP/1.1 ", head.status_text, "\r\n");
  head.fields.for_each_forwarded_run([&out](std::string_view lines) { out.append(lines); });
  if (!head.upgrade.empty()) append_upgrade(head.upgrade, out);
  if (manner.framing == ClientFraming::chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (manner.close) {
    out.append("Connection: close\r\n");
  } else if (manner.say_keep_alive) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

}  // namespace rota::http
