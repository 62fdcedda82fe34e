#include "http/request_writer.h"

#include "http/upgrade.h"

namespace rota::http {

void write_request_head(const RequestHead& head, const ForwardedFields& forwarded, TextWriter& out) {
  out.append(head.method_text);
  out.append(" ");
  out.append(head.path);
  out.append(head.query);
  out.append(" HTTP/1.1\r\n");
  if (!head.has_host_line) {  // HTTP/1.0 may come without; the instance is spoken to in 1.1, which may not
    out.append("Host: ");
    out.append(head.host);
    out.append("\r\n");
  }
  head.fields.for_each_forwarded_run([&out](std::string_view lines) { out.append(lines); });
  if (head.body.framing == Framing::chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (!head.upgrade.empty()) {
    append_upgrade(head.upgrade, out);
  } else if (head.takes_trailers) {
    out.append("Connection: TE\r\nTE: trailers\r\n");
  }
  out.append("X-Forwarded-For: ");
  out.append(forwarded.client);
  out.append("\r\nX-Forwarded-Host: ");
  out.append(head.host);
  out.append("\r\nX-Forwarded-Proto: ");
  out.append(forwarded.proto);
  out.append("\r\nX-Request-Id: ");
  out.append(forwarded.request_id);
  out.append("\r\n\r\n");
}

}  // namespace rota::http
