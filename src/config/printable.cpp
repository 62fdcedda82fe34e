#include "config/printable.h"

#include <cstdint>

namespace rota {
namespace {

struct Character {
  char32_t code;
  std::size_t length;
};

constexpr char32_t kInvalid = 0xffffffff;

Character decode(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return {kInvalid, 1};
  char32_t code = first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {kInvalid, 1};
    code = code << 6 | (byte(i) & 0x3fU);
  }
  const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (is_overlong || is_surrogate || code > 0x10ffff) return {kInvalid, 1};
  return {code, length};
}

// Controls (C0, DEL, C1), line separators, zero-width and bidirectional marks.
bool is_harmless(char32_t code) {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
  if ((code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f)) return false;
  return code != 0x061c && code != 0xfeff && code != kInvalid;
}

}  // namespace

std::size_t character_length(std::string_view text) { return decode(text).length; }

void append_printable(std::string& out, std::string_view character) {
  if (is_harmless(decode(character).code)) {
    out += character;
  } else {
    out += character == "\t" ? ' ' : '?';
  }
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    append_printable(out, text.substr(0, length));
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace rota
