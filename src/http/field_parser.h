// Field lines (RFC 9112 section 5), one pass: what is validated is found at the same time. Exact grammar: no folding, no space before the colon,
// no bare CR or LF, no control bytes.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "http/field.h"
#include "http/field_names.h"
#include "http/text.h"

namespace rota::http {

enum class LineStep : std::uint8_t {
  more,   // the line is not whole yet
  field,  // one field line; the position is behind it
  end,    // the empty line; the position is behind it
  invalid,
};

namespace field_parser_detail {

// `at` is on a byte that ended a value: a CR, with LF behind it, or the line is invalid.
inline LineStep line_end(const char* at, const char* end) {
  if (*at != '\r') return LineStep::invalid;
  if (at + 1 == end) return LineStep::more;
  return at[1] == '\n' ? LineStep::field : LineStep::invalid;
}

}  // namespace field_parser_detail

// Reads the line at `position` of `bytes`, which have kScanSlack readable bytes behind them. What is there of an unfinished line is validated too, so
// that garbage is answered before its end. On `field`, `field` is filled but for `dropped`.
// Inlined into the loops that call it, so that the scans' constants stay in registers from line to line: a third of a head's cost.
[[gnu::always_inline]] inline LineStep read_field_line(std::string_view bytes, std::uint32_t& position, Field& field) {
  const char* const base = bytes.data();
  const char* const end = base + bytes.size();
  const char* const name = base + position;
  if (name == end) return LineStep::more;
  // Nearly every name is shorter than one vector and made of letters and '-'.
  bool uncommon = false;
  const char* colon = name + std::countr_zero(scan_detail::not_common_name(name) | 0x10000U);
  if (colon >= end || *colon != ':') [[unlikely]] {
    if (*name == '\r') {
      const LineStep step = field_parser_detail::line_end(name, end);
      if (step == LineStep::field) position += 2;
      return step == LineStep::field ? LineStep::end : step;
    }
    colon = token_end(name, end, uncommon);
    if (colon == end) return LineStep::more;
    if (*colon != ':') return LineStep::invalid;
  }
  if (colon == name || colon - name > 0xffff) [[unlikely]]
    return LineStep::invalid;

  const char* value = colon + 1;
  if (value < end && *value == ' ') ++value;
  while (value < end && is_ows(*value)) [[unlikely]]
    ++value;
  const char* stop = value_end(value, end);
  if (stop == end) [[unlikely]]
    return LineStep::more;
  if (const LineStep step = field_parser_detail::line_end(stop, end); step != LineStep::field) [[unlikely]]
    return step;
  const auto next = static_cast<std::uint32_t>(stop + 2 - base);
  while (stop > value && is_ows(stop[-1])) [[unlikely]]
    --stop;

  field.name_at = position;
  field.name_size = static_cast<std::uint16_t>(colon - name);
  field.value_at = static_cast<std::uint32_t>(value - base);
  field.value_size = static_cast<std::uint32_t>(stop - value);
  const std::string_view name_text{name, field.name_size};
  field.id = uncommon ? identify_uncommon(name_text) : identify_exactly(name_text);
  position = next;
  return LineStep::field;
}

}  // namespace rota::http
