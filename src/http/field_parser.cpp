#include "http/field_parser.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "http/text.h"

namespace rota::http {
namespace {

static_assert(std::endian::native == std::endian::little);

// Whether the two bytes at `at` are CR and LF.
bool is_crlf(const char* at) {
  std::uint16_t pair = 0;
  std::memcpy(&pair, at, sizeof(pair));
  return pair == 0x0a0d;
}

// A name that is not just a few letters and '-'. `colon` is null where it does not end in one, or not yet; then `lines` says which.
struct UnusualName {
  const char* colon;
  FieldId id;
  Lines lines;
};

[[gnu::noinline]] UnusualName read_unusual_name(const char* name, const char* end) {
  constexpr std::ptrdiff_t kLongest = 0xffff;
  bool uncommon = false;
  const char* const colon = token_end(name, end, uncommon);
  if (colon == end) return {.colon = nullptr, .id = FieldId::other, .lines = Lines::more};
  if (*colon != ':' || colon == name || colon - name > kLongest) return {.colon = nullptr, .id = FieldId::other, .lines = Lines::invalid};
  const FieldId id = uncommon ? identify_uncommon({name, static_cast<std::size_t>(colon - name)}) : FieldId::other;
  return {.colon = colon, .id = id, .lines = Lines::more};
}

}  // namespace

// The hot loop of both parsers. Bytes that decide nothing yet may be of the slack: where the end is, is asked once a line, where the line ends.
Lines read_field_lines(std::string_view bytes, std::uint32_t& position, FieldList& fields, std::size_t most) {
  const char* const base = bytes.data();
  const char* const end = base + bytes.size();
  const char* name = base + position;
  Field* field = fields.end();
  const Field* const last = fields.begin() + std::min(most, FieldList::kMost);
  const auto stopped = [&](Lines why) {
    fields.end_with(field);
    position = static_cast<std::uint32_t>(name - base);
    return why;
  };
  for (;;) {
    if (*name == '\r') [[unlikely]] {
      if (end - name < 2) return stopped(Lines::more);
      if (!is_crlf(name)) return stopped(Lines::invalid);
      name += 2;
      return stopped(Lines::end);
    }
    FieldId id = FieldId::other;
    const char* colon = name + std::countr_zero(scan_detail::not_letter_or_dash(name) | 0x10000U);
    if (colon >= end || *colon != ':' || colon == name) [[unlikely]] {
      const UnusualName unusual = read_unusual_name(name, end);
      if (unusual.colon == nullptr) return stopped(unusual.lines);
      colon = unusual.colon;
      id = unusual.id;
    }

    const char* stop = colon + 1;
    for (;;) {
      const std::uint32_t stops = scan_detail::control(stop);
      if (stops != 0) [[likely]] {
        stop += std::countr_zero(stops);
        break;
      }
      stop += 16;
      if (stop >= end) return stopped(Lines::more);
    }
    if (*stop == '\t') [[unlikely]]
      stop = value_end(stop, end);
    if (end - stop < 2) [[unlikely]]
      return stopped(stop < end && *stop != '\r' ? Lines::invalid : Lines::more);
    if (!is_crlf(stop)) [[unlikely]]
      return stopped(Lines::invalid);
    if (field == last) [[unlikely]]
      return stopped(Lines::too_many);

    const char* value = colon + 1;
    if (*value == ' ') ++value;  // as everybody sends it; all other white space around a value is rare
    const char* value_end = stop;
    if (static_cast<unsigned char>(*value) <= ' ' || is_ows(stop[-1])) [[unlikely]] {
      while (value < value_end && is_ows(*value)) ++value;
      while (value_end > value && is_ows(value_end[-1])) --value_end;
    }
    *field++ = {.name_at = static_cast<std::uint32_t>(name - base),
                .value_at = static_cast<std::uint32_t>(value - base),
                .value_size = static_cast<std::uint32_t>(value_end - value),
                .name_size = static_cast<std::uint16_t>(colon - name),
                .id = id,
                .dropped = false};
    name = stop + 2;
  }
}

}  // namespace rota::http
