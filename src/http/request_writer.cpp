#include "http/request_writer.h"

#include <cstring>

#include "http/upgrade.h"

namespace rota::http {

namespace {

// The request line as it came, with its CRLF, where that is how it goes on: origin-form, and HTTP/1.1. Else empty.
std::string_view same_line(const RequestHead& head) {
  constexpr std::string_view kBehind = " HTTP/1.1\r\n";
  const char* const begin = head.method_text.data();
  const std::string_view last = head.query.empty() ? head.path : head.query;
  const char* const end = last.data() + last.size();
  if (head.path.data() != begin + head.method_text.size() + 1 || std::memcmp(end, kBehind.data(), kBehind.size()) != 0) return {};
  return {begin, static_cast<std::size_t>(end - begin) + kBehind.size()};
}

}  // namespace

void write_request_head(const RequestHead& head, const ForwardedFields& forwarded, TextWriter& out) {
  std::string_view before = head.has_host_line ? same_line(head) : std::string_view{};
  if (before.empty()) out.append(head.method_text, " ", head.path, head.query, " HTTP/1.1\r\n");
  // HTTP/1.0 may come without a Host; the instance is spoken to in 1.1, which may not.
  if (!head.has_host_line) out.append("Host: ", head.host, "\r\n");
  head.fields.for_each_forwarded_run([&out, &before](std::string_view lines) {
    if (before.data() + before.size() == lines.data()) {
      out.append(std::string_view{before.data(), before.size() + lines.size()});
    } else {
      out.append(before, lines);
    }
    before = {};
  });
  out.append(before);
  if (head.body.framing == Framing::chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (!head.upgrade.empty()) {
    append_upgrade(head.upgrade, out);
  } else if (head.takes_trailers) {
    out.append("Connection: TE\r\nTE: trailers\r\n");
  }
  out.append("X-Forwarded-For: ", forwarded.client, "\r\nX-Forwarded-Host: ", head.host);
  if (forwarded.scheme == Scheme::https) {
    out.append("\r\nX-Forwarded-Proto: https");
  } else {
    out.append("\r\nX-Forwarded-Proto: http");
  }
  out.append("\r\nX-Request-Id: ", forwarded.request_id, "\r\n\r\n");
}

}  // namespace rota::http
