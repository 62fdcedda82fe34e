// How the bytes of a value are shown in a line, so that whatever a client sends stays inside its value: three manners, each piece by piece.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rota {

enum class Escape : std::uint8_t {
  // The inside of a JSON string. Control characters, DEL, C1 controls, U+2028/2029 and the marks that turn the direction of writing are
  // \u00XX and \uXXXX; a byte that is no valid UTF-8 is shown as \u00XX too, which tells the byte but not that it was none.
  json,
  // A bare word, for a reader who splits at spaces: printable ASCII without space, quote and backslash; every other byte is \xXX.
  word,
  // The inside of quotes: as a word, but for spaces, which stay.
  quoted,
  // A message for people: UTF-8 as it is; what json would escape is \xXX, quotes and backslashes stay.
  prose,
};

// What a value begins with: so many of its bytes, shown as `text`.
struct Escaped {
  std::size_t used;
  std::size_t size;
  std::array<char, 12> bytes;

  std::string_view text() const { return {bytes.data(), size}; }
};

// All of it is ASCII that is shown as it is.
bool is_plain(Escape escape, std::string_view value);

// How many bytes at the beginning are.
std::size_t plain_run(Escape escape, std::string_view value);

// `value` is not empty and begins with no plain byte.
Escaped escape_first(Escape escape, std::string_view value);

}  // namespace rota
