#include "log/access_line.h"

#include <algorithm>
#include <array>

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
  const auto ms = static_cast<std::uint32_t>(std::chrono::floor<std::chrono::milliseconds>(time - day).count());
  std::array<char, 24> text{"0000-00-00T00:00:00.00"};
  write_digits<4>(&text[0], static_cast<std::uint32_t>(static_cast<int>(date.year())));  // a WallTime holds 1677 to 2262
  write_digits<2>(&text[5], static_cast<unsigned>(date.month()));
  write_digits<2>(&text[8], static_cast<unsigned>(date.day()));
  write_digits<2>(&text[11], ms / 3'600'000);
  write_digits<2>(&text[14], ms / 60'000 % 60);
  write_digits<2>(&text[17], ms / 1000 % 60);
  write_digits<3>(&text[20], ms % 1000);
  text[23] = 'Z';
  line.raw({text.data(), text.size()});
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
