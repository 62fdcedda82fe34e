#include "log/access_parts.h"

namespace rota {
namespace {

// A key is a literal with what stands around it. Its size is known while compiling, so it is written without a call.
template <std::size_t Size>
using Key = const char (&)[Size];

template <std::size_t Size>
void raw(LineBuffer& line, Key<Size> key) {
  line.raw({key, Size - 1});
}

// `key` with the quote that opens the value.
template <std::size_t Size>
void json_text(LineBuffer& line, Key<Size> key, std::string_view value, std::size_t cap, std::string_view second = {}) {
  if (value.empty() && second.empty()) {
    line.raw({key, Size - 2});
    return line.raw("null");
  }
  raw(line, key);
  line.value(Escape::json, value, second, cap);
  line.raw("\"");
}

template <std::size_t Size>
void json_number(LineBuffer& line, Key<Size> key, std::uint64_t number) {
  raw(line, key);
  line.number(number);
}

template <std::size_t Size>
void json_seconds(LineBuffer& line, Key<Size> key, const std::optional<Duration>& duration) {
  raw(line, key);
  if (!is_there(duration)) return line.raw("null");
  const std::uint64_t us = to_us(*duration);
  line.number(us / 1'000'000);
  line.raw(".");
  line.digits<6>(static_cast<std::uint32_t>(us % 1'000'000));
}

// One more header, out of what the values have left. False where there is no room for its name and the beginning of its value.
bool json_header(LineBuffer& line, std::string_view comma, std::string_view name, std::string_view value) {
  constexpr std::string_view kAround = R"(,"":"…")";
  if (line.left() < 6 * name.size() + kAround.size()) return false;  // a byte takes six when it is escaped
  line.raw_of_value(comma);
  line.raw_of_value("\"");
  line.value(Escape::json, name);
  line.raw_of_value("\":");
  if (value.empty()) {
    line.raw_of_value("null");
    return true;
  }
  line.raw_of_value("\"");
  line.value(Escape::json, value, {}, std::min(kMostHeader, line.left() - 1));
  line.raw_of_value("\"");
  return true;
}

void json_headers(LineBuffer& line, const AccessRecord& record, const AccessLogFormat& format) {
  line.raw(R"(,"headers":{)");
  std::string_view comma;
  for (const AccessHeader& header : record.headers) {
    if (!json_header(line, comma, header.name, shown_value(header, format))) {
      line.raw(comma);
      line.raw(R"("…":null)");
      break;
    }
    comma = ",";
  }
  line.raw("}");
}

}  // namespace

std::string_view write_json_line(const AccessRecord& record, const AccessLogFormat& format, std::span<char> out) {
  LineBuffer line(out, kAccessFixed);
  const ShownTarget target = shown_target(record, format);
  line.raw(R"({"ts":")");
  write_time(line, record.ts);
  json_text(line, R"(","request_id":")", record.request_id, kMostWord);
  json_text(line, R"(,"client_ip":")", record.client_ip, kMostWord);
  json_text(line, R"(,"method":")", record.method, kMostWord);
  json_text(line, R"(,"host":")", record.host, kMostHost);
  json_text(line, R"(,"path":")", target.path, kMostTarget, target.query);
  line.raw(R"(,"status":)");
  record.status == 0 ? line.raw("null") : line.number(record.status);
  json_seconds(line, R"(,"duration":)", std::max(record.duration, Duration::zero()));
  json_seconds(line, R"(,"ttfb":)", record.ttfb);
  json_seconds(line, R"(,"connect_time":)", record.connect_time);
  json_number(line, R"(,"attempts":)", record.attempts);
  json_text(line, R"(,"service":")", record.service, kMostWord);
  json_text(line, R"(,"instance":")", record.instance, kMostWord);
  json_text(line, R"(,"error":")", record.error, kMostWord);
  json_number(line, R"(,"bytes_in":)", record.bytes_in);
  json_number(line, R"(,"bytes_out":)", record.bytes_out);
  json_text(line, R"(,"user_agent":")", record.user_agent, kMostUserAgent);
  json_text(line, R"(,"trace_id":")", record.trace_id, kMostWord);
  if (!record.headers.empty()) json_headers(line, record, format);
  line.raw("}\n");
  return line.text();
}

}  // namespace rota
