#include "base/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace rota {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kDurationUnits{Unit{"h", 3'600'000'000'000}, Unit{"m", 60'000'000'000}, Unit{"s", 1'000'000'000},
                                    Unit{"ms", 1'000'000}, Unit{"us", 1'000}};
constexpr std::array kSizeUnits{Unit{"GiB", 1ULL << 30},
                                Unit{"MiB", 1ULL << 20},
                                Unit{"KiB", 1ULL << 10},
                                Unit{"GB", 1'000'000'000},
                                Unit{"MB", 1'000'000},
                                Unit{"kB", 1'000},
                                Unit{"B", 1}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits and then the letters off the front of `text`.
std::pair<std::string_view, std::string_view> take_number_and_unit(std::string_view& text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  std::size_t end = digits;
  while (end < text.size() && !is_digit(text[end])) ++end;
  const std::pair taken{text.substr(0, digits), text.substr(digits, end - digits)};
  text.remove_prefix(end);
  return taken;
}

}  // namespace

Parsed<std::uint64_t> parse_whole(std::string_view text, std::uint64_t max) {
  std::uint64_t value = 0;
  if (text.empty() || !is_digit(text.front())) return std::unexpected(fmt::format("'{}' is not a whole number", text));
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return std::unexpected(fmt::format("{} is more than {}", text, max));
  if (end != text.data() + text.size()) return std::unexpected(fmt::format("'{}' is not a whole number", text));
  if (value > max) return std::unexpected(fmt::format("{} is more than {}", text, max));
  return value;
}

Parsed<Duration> parse_duration(std::string_view text) {
  const std::string_view whole = text;
  constexpr std::uint64_t kMost = 100ULL * 365 * 24 * 3'600 * 1'000'000'000;  // a century: far below what 64 bits of nanoseconds hold
  std::uint64_t total = 0;
  std::size_t next_unit = 0;
  if (text.empty()) return std::unexpected("a duration is expected, such as 500ms, 5s or 1m30s");
  while (!text.empty()) {
    const auto [number, unit] = take_number_and_unit(text);
    if (number.empty()) return std::unexpected(fmt::format("'{}' is not a duration; write it like 500ms, 5s or 1m30s", whole));
    if (unit.empty()) return std::unexpected(fmt::format("'{}' needs a unit: {}ms, {}s or {}m", whole, number, number, number));
    std::size_t place = 0;
    while (place < kDurationUnits.size() && kDurationUnits[place].name != unit) ++place;
    if (place == kDurationUnits.size()) return std::unexpected(fmt::format("'{}' is not a unit of time; h, m, s, ms and us are", unit));
    if (place < next_unit)
      return std::unexpected(fmt::format("'{}' has its units out of order; write the largest first, each once", whole));
    next_unit = place + 1;
    const std::uint64_t factor = kDurationUnits[place].factor;
    const auto value = parse_whole(number, kMost / factor);
    if (!value || total + *value * factor > kMost) return std::unexpected(fmt::format("'{}' is too long; a century is the most", whole));
    total += *value * factor;
  }
  return Duration{static_cast<std::int64_t>(total)};
}

std::string format_duration(Duration duration) {
  std::uint64_t rest = static_cast<std::uint64_t>(duration.count());
  std::string text;
  for (const Unit& unit : kDurationUnits) {
    if (rest >= unit.factor) text += fmt::format("{}{}", rest / unit.factor, unit.name);
    rest %= unit.factor;
  }
  return text.empty() ? "0s" : text;
}

Parsed<std::uint64_t> parse_size(std::string_view text) {
  const std::string_view whole = text;
  const auto [number, unit] = take_number_and_unit(text);
  if (number.empty() || !text.empty()) return std::unexpected(fmt::format("'{}' is not a size; write it like 512B, 64KiB or 10MB", whole));
  if (unit.empty()) return std::unexpected(fmt::format("'{}' needs a unit: {}B, {}KiB or {}MiB", whole, number, number, number));
  for (const Unit& known : kSizeUnits) {
    if (known.name != unit) continue;
    const auto value = parse_whole(number, (1ULL << 60) / known.factor);
    if (!value) return std::unexpected(fmt::format("'{}' is too large; 1024 PiB is the most", whole));
    return *value * known.factor;
  }
  return std::unexpected(fmt::format("'{}' is not a unit of size; B, KiB, MiB, GiB, kB, MB and GB are", unit));
}

std::string format_size(std::uint64_t bytes) {
  for (const Unit& unit : kSizeUnits) {
    if (bytes != 0 && bytes % unit.factor == 0) return fmt::format("{}{}", bytes / unit.factor, unit.name);
  }
  return "0B";
}

Parsed<std::uint64_t> parse_percent(std::string_view text) {
  const std::string_view number = text.substr(0, text.find('%'));
  const auto value = parse_whole(number);
  if (value && number.size() + 1 == text.size()) return value;
  if (value && number.size() == text.size()) return std::unexpected(fmt::format("'{}' needs its sign; {}% is meant?", text, text));
  return std::unexpected(fmt::format("'{}' is not a percentage; write it like 80%", text));
}

std::string format_percent(std::uint64_t percent) { return fmt::format("{}%", percent); }

}  // namespace rota
