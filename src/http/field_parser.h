// Field lines (RFC 9112 section 5), one pass: what is validated is found at the same time. Exact grammar: no folding, no space before the colon,
// no bare CR or LF, no control bytes.
#pragma once

#include <expected>
#include <string_view>

#include "base/error.h"
#include "http/field.h"

namespace rota::http {

enum class LineStep : std::uint8_t {
  more,     // the line is not whole yet
  field,    // one field line; the position is behind it
  end,      // the empty line; the position is behind it
  invalid,
};

// Reads the line at `position` of `bytes`. What is there of an unfinished line is validated too, so that garbage is answered before its end.
// On `field`, `field` is filled but for `dropped`, which is false.
LineStep read_field_line(std::string_view bytes, std::uint32_t& position, Field& field);

}  // namespace rota::http
