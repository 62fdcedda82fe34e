// Field lines (RFC 9112 section 5), one pass: what is validated is found at the same time. Exact grammar: no folding, no space before the colon,
// no bare CR or LF, no control bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/field.h"
#include "http/field_names.h"

namespace rota::http {

enum class Lines : std::uint8_t {
  more,      // the section is not whole yet; the position is behind its last whole line
  end,       // it is; the position is behind the empty line
  invalid,   // the line at the position is none
  too_many,  // there are more than `most`
};

// Reads the lines from `position` of `bytes` on, which have kScanSlack readable bytes behind them, and adds them to `fields`, which then has at most
// `most`, or as many as it holds. What is there of an unfinished line is validated too, so that garbage is answered before its end. Which fields they
// are is identify()'s to say.
Lines read_field_lines(std::string_view bytes, std::uint32_t& position, FieldList& fields, std::size_t most);

// What `field` of `bytes` is, where it was not unusual enough to be known already.
inline FieldId identify(std::string_view bytes, Field& field) {
  if (field.id == FieldId::other) field.id = identify_exactly({bytes.data() + field.name_at, field.name_size});
  return field.id;
}

}  // namespace rota::http
