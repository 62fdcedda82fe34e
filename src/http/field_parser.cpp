#include "http/field_parser.h"

#include "http/text.h"

namespace rota::http {
namespace {

// `at` is on a byte that ended a value: a CR, with LF behind it, or the line is invalid.
LineStep line_end(const char* at, const char* end) {
  if (*at != '\r') return LineStep::invalid;
  if (at + 1 == end) return LineStep::more;
  return at[1] == '\n' ? LineStep::field : LineStep::invalid;
}

}  // namespace

LineStep read_field_line(std::string_view bytes, std::uint32_t& position, Field& field) {
  const char* const base = bytes.data();
  const char* const end = base + bytes.size();
  const char* const name = base + position;
  if (name == end) return LineStep::more;
  if (*name == '\r') {
    const LineStep step = line_end(name, end);
    if (step != LineStep::field) return step;
    position += 2;
    return LineStep::end;
  }
  bool uncommon = false;
  const char* const colon = token_end(name, end, uncommon);
  if (colon == end) return LineStep::more;
  if (*colon != ':' || colon == name || colon - name > 0xffff) return LineStep::invalid;

  const char* value = colon + 1;
  while (value < end && is_ows(*value)) ++value;
  const char* stop = value_end(value, end);
  if (stop == end) return LineStep::more;
  if (const LineStep step = line_end(stop, end); step != LineStep::field) return step;
  const char* const next = stop + 2;
  while (stop > value && is_ows(stop[-1])) --stop;

  const std::string_view name_text{name, static_cast<std::size_t>(colon - name)};
  field = {.name_at = position,
           .value_at = static_cast<std::uint32_t>(value - base),
           .value_size = static_cast<std::uint32_t>(stop - value),
           .name_size = static_cast<std::uint16_t>(name_text.size()),
           .id = identify(name_text, uncommon),
           .dropped = false};
  position = static_cast<std::uint32_t>(next - base);
  return LineStep::field;
}

}  // namespace rota::http
