#include "log/escape.h"

#include <cstring>

#include "log/utf8.h"

namespace rota {
namespace {

using Plain = std::array<bool, 256>;

constexpr Plain printable_but(std::string_view excluded) {
  Plain plain{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) plain[c] = excluded.find(static_cast<char>(c)) == std::string_view::npos;
  return plain;
}

// In the order of Escape.
constexpr std::array<Plain, 4> kPlain{printable_but("\"\\"), printable_but(" \"\\"), printable_but("\"\\"), printable_but("")};

constexpr std::uint64_t repeated(std::uint8_t byte) { return std::uint64_t{0x0101010101010101} * byte; }

// Whether all eight bytes are plain in a JSON string: none above 0x7e, none below 0x20, no quote, no backslash. Each term sets a byte's highest bit
// where the byte is one of those, given that no byte has it already, which the first term sees to; a carry or borrow that reaches a neighbour comes
// only from a byte that was found. (x ^ c) - 1 borrows where x is c.
bool are_plain_json(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const std::uint64_t found = word | (word + repeated(1)) | (word - repeated(0x20)) | ((word ^ repeated('"')) - repeated(1)) |
                              ((word ^ repeated('\\')) - repeated(1));
  return (found & repeated(0x80)) == 0;
}

constexpr std::string_view kHex = "0123456789abcdef";

Escaped as_it_is(std::string_view bytes) {
  Escaped escaped{.used = bytes.size(), .size = bytes.size(), .bytes = {}};
  bytes.copy(escaped.bytes.data(), bytes.size());
  return escaped;
}

// \uXXXX for what stands at `used` bytes of input. All that is escaped lies in the first plane.
Escaped as_unit(char32_t value, std::size_t used) {
  return {.used = used,
          .size = 6,
          .bytes = {'\\', 'u', kHex[value >> 12 & 15], kHex[value >> 8 & 15], kHex[value >> 4 & 15], kHex[value & 15]}};
}

// \xXX for each byte: at most three, as nothing outside the first plane is escaped.
Escaped as_bytes(std::string_view bytes) {
  Escaped escaped{.used = bytes.size(), .size = 0, .bytes = {}};
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    for (const char shown : {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]}) escaped.bytes[escaped.size++] = shown;
  }
  return escaped;
}

// What a terminal or a reader of lines might obey instead of show.
bool is_obeyed(char32_t value) {
  return value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0x2028 || value == 0x2029 || value == 0x200e || value == 0x200f ||
         (value >= 0x202a && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069);
}

}  // namespace

std::size_t plain_run(Escape escape, std::string_view value) {
  const Plain& plain = kPlain[static_cast<std::size_t>(escape)];
  std::size_t size = 0;
  if (escape == Escape::json) {
    while (size + 8 <= value.size() && are_plain_json(value.data() + size)) size += 8;
  }
  while (size < value.size() && plain[static_cast<unsigned char>(value[size])]) ++size;
  return size;
}

Escaped escape_first(Escape escape, std::string_view value) {
  const auto first = static_cast<unsigned char>(value.front());
  if (escape == Escape::word || escape == Escape::quoted) return as_bytes(value.substr(0, 1));
  if (escape == Escape::json && (first == '"' || first == '\\')) return {.used = 1, .size = 2, .bytes = {'\\', value.front()}};
  const CodePoint point = decode_utf8(value);
  if (point.size == 0) return escape == Escape::json ? as_unit(first, 1) : as_bytes(value.substr(0, 1));
  const std::string_view bytes = value.substr(0, point.size);
  if (!is_obeyed(point.value)) return as_it_is(bytes);
  return escape == Escape::json ? as_unit(point.value, point.size) : as_bytes(bytes);
}

}  // namespace rota
