#include "proxy/access_log.h"

#include "http/text.h"
#include "log/trace_id.h"

namespace rota {
namespace {

// Of the first field of that name; empty: there is none.
std::string_view value_of(const http::FieldList& fields, std::string_view lower) {
  for (const http::Field& field : fields) {
    if (http::equals_lower(fields.name(field), lower)) return fields.value(field);
  }
  return {};
}

}  // namespace

void AccessLog::write(const Record& record, const http::RequestHead& head, const Peer& peer, const Reactor& reactor) {
  std::array<char, Peer::kMostText> address;
  const Duration duration = reactor.now() - record.began;
  AccessRecord line{.ts = reactor.wall() - duration,
                    .request_id = record.id.text(),
                    .client_ip = {address.data(), peer.write(address.data())},
                    .method = head.method_text,
                    .host = head.host,
                    .path = head.path,
                    .query = head.query,
                    .status = record.status,
                    .duration = duration,
                    .connect_time = record.connect_time,
                    .attempts = record.attempts,
                    .service = record.service,
                    .instance = record.instance,
                    .error = record.error,
                    .bytes_in = record.bytes_in,
                    .bytes_out = record.bytes_out};
  if (record.answered) line.ttfb = *record.answered - record.began;
  std::array<AccessHeader, kMostAccessHeaders> headers;
  if (head.fields.base != nullptr) {  // else the head was never whole
    line.user_agent = value_of(head.fields, "user-agent");
    line.trace_id = trace_id_of(value_of(head.fields, "traceparent"));
    for (std::size_t i = 0; i < settings_.headers.size(); ++i) {
      headers[i] = {.name = settings_.headers[i], .value = value_of(head.fields, settings_.headers[i])};
    }
    line.headers = {headers.data(), settings_.headers.size()};
  }
  settings_.writer.push(settings_.ring, write_access_line(line, settings_.format, line_));
}

}  // namespace rota
