#include "log/access_line.h"

#include <algorithm>

#include "base/check.h"
#include "log/access_parts.h"

namespace rota {
namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool equals_without_case(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, to_lower, to_lower); }

}  // namespace

// A target that was never parsed may come as a path with its query still in it.
ShownTarget shown_target(const AccessRecord& record, const AccessLogFormat& format) {
  const std::size_t mark = format.redact_query ? record.path.find('?') : std::string_view::npos;
  const bool has_query = !record.query.empty() || mark != std::string_view::npos;
  if (!format.redact_query || !has_query) return {record.path, record.query};
  return {record.path.substr(0, mark), "?REDACTED"};
}

// That there was none is no secret.
std::string_view shown_value(const AccessHeader& header, const AccessLogFormat& format) {
  const auto is_it = [&header](std::string_view name) { return equals_without_case(name, header.name); };
  return !header.value.empty() && std::ranges::any_of(format.redact, is_it) ? "REDACTED" : header.value;
}

void write_time(LineBuffer& line, WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto ms = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(time - day).count());
  line.digits(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);  // a WallTime holds 1677 to 2262
  line.raw("-");
  line.digits(static_cast<unsigned>(date.month()), 2);
  line.raw("-");
  line.digits(static_cast<unsigned>(date.day()), 2);
  line.raw("T");
  line.digits(ms / 3'600'000, 2);
  line.raw(":");
  line.digits(ms / 60'000 % 60, 2);
  line.raw(":");
  line.digits(ms / 1000 % 60, 2);
  line.raw(".");
  line.digits(ms % 1000, 3);
  line.raw("Z");
}

std::optional<LogFormat> log_format_of(std::string_view name) {
  if (name == "json") return LogFormat::json;
  if (name == "text") return LogFormat::text;
  if (name == "off") return LogFormat::off;
  return std::nullopt;
}

std::string_view write_access_line(const AccessRecord& record, const AccessLogFormat& format, std::span<char> out) {
  CHECK(out.size() >= kShortestAccessBuffer);
  switch (format.format) {
    case LogFormat::json:
      return write_json_line(record, format, out);
    case LogFormat::text:
      return write_text_line(record, format, out);
    case LogFormat::off:
      break;
  }
  return {};
}

}  // namespace rota
