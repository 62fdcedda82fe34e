// 2026-11-24T06:00:00.123Z 200 GET example.com /a?b=c 1.2ms app 127.0.0.1:9001 client=192.0.2.1 attempts=1 ttfb=1.1ms connect=- error=- in=0
// out=57 id=0198c0de trace=- ua="curl/8.5.0" header.x-tenant="one": always in this order, so that words can be counted.
#include "log/access_parts.h"

namespace rota {
namespace {

// Behind `key`, which begins with the space before it. No space gets into a word, so no value can begin another field.
void text_word(LineBuffer& line, std::string_view key, std::string_view value, std::size_t cap, std::string_view second = {}) {
  line.raw(key);
  if (value.empty() && second.empty()) return line.raw("-");
  if (value == "-" && second.empty()) return line.raw("\\x2d");  // a value that only looks absent
  line.value(Escape::word, value, second, cap);
}

void text_number(LineBuffer& line, std::string_view key, std::uint64_t number) {
  line.raw(key);
  line.number(number);
}

// As precise as somebody who reads it would say it: 87us, 1.2ms, 3.456s.
void text_duration(LineBuffer& line, std::string_view key, const std::optional<Duration>& duration) {
  line.raw(key);
  if (!is_there(duration)) return line.raw("-");
  const std::uint64_t us = to_us(*duration);
  if (us < 1000) {
    line.number(us);
    line.raw("us");
  } else if (us < 1'000'000) {
    line.number(us / 1000);
    line.raw(".");
    line.digits<1>(static_cast<std::uint32_t>(us / 100 % 10));
    line.raw("ms");
  } else {
    line.number(us / 1'000'000);
    line.raw(".");
    line.digits<3>(static_cast<std::uint32_t>(us / 1000 % 1000));
    line.raw("s");
  }
}

// One more header, out of what the values have left. False where there is no room for its name and the beginning of its value.
bool text_header(LineBuffer& line, std::string_view name, std::string_view value) {
  constexpr std::string_view kAround = R"( header.="…")";
  if (line.left() < 4 * name.size() + kAround.size()) return false;  // a byte takes four when it is escaped
  line.raw_of_value(" header.");
  line.value(Escape::word, name);
  line.raw_of_value("=");
  if (value.empty()) {
    line.raw_of_value("-");
    return true;
  }
  line.raw_of_value("\"");
  line.value(Escape::quoted, value, {}, std::min(kMostHeader, line.left() - 1));
  line.raw_of_value("\"");
  return true;
}

void text_headers(LineBuffer& line, const AccessRecord& record, const AccessLogFormat& format) {
  for (const AccessHeader& header : record.headers) {
    if (!text_header(line, header.name, shown_value(header, format))) return line.raw(" header.…=-");
  }
}

}  // namespace

std::string_view write_text_line(const AccessRecord& record, const AccessLogFormat& format, std::span<char> out) {
  LineBuffer line(out, kAccessFixed);
  const ShownTarget target = shown_target(record, format);
  write_time(line, record.ts);
  line.raw(" ");
  record.status == 0 ? line.raw("-") : line.number(record.status);
  text_word(line, " ", record.method, kMostWord);
  text_word(line, " ", record.host, kMostHost);
  text_word(line, " ", target.path, kMostTarget, target.query);
  text_duration(line, " ", std::max(record.duration, Duration::zero()));
  text_word(line, " ", record.service, kMostWord);
  text_word(line, " ", record.instance, kMostWord);
  text_word(line, " client=", record.client_ip, kMostWord);
  text_number(line, " attempts=", record.attempts);
  text_duration(line, " ttfb=", record.ttfb);
  text_duration(line, " connect=", record.connect_time);
  text_word(line, " error=", record.error, kMostWord);
  text_number(line, " in=", record.bytes_in);
  text_number(line, " out=", record.bytes_out);
  text_word(line, " id=", record.request_id, kMostWord);
  text_word(line, " trace=", record.trace_id, kMostWord);
  line.raw(" ua=");
  if (record.user_agent.empty()) {
    line.raw("-");
  } else {
    line.raw("\"");
    line.value(Escape::quoted, record.user_agent, {}, kMostUserAgent);
    line.raw("\"");
  }
  text_headers(line, record, format);
  line.raw("\n");
  return line.text();
}

}  // namespace rota
