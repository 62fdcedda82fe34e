#include "log/escape.h"

#include <bit>
#include <cstring>

#include "base/utf8.h"

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

// Sixteen bytes, for one operation on all of them (SSE2 on every x86-64). Signed: what is not ASCII lies below every control character.
using Block = signed char __attribute__((vector_size(16)));
struct Halves {
  std::uint64_t first;
  std::uint64_t second;
};

template <class Whole>
Whole load(const char* at) {
  Whole whole;
  std::memcpy(&whole, at, sizeof whole);
  return whole;
}

// All the bytes of a value of 1 to 15, in any order, and some of them more than once: whether all are plain does not depend on that.
Block block_of_all(std::string_view value) {
  const char* const at = value.data();
  const std::size_t size = value.size();
  if (size >= 8) return std::bit_cast<Block>(Halves{.first = load<std::uint64_t>(at), .second = load<std::uint64_t>(at + size - 8)});
  std::uint64_t all = 0;
  if (size >= 4) {
    all = load<std::uint32_t>(at) | std::uint64_t{load<std::uint32_t>(at + size - 4)} << 32;
  } else {
    const std::uint32_t two = load<std::uint8_t>(at) | std::uint32_t{load<std::uint8_t>(at + size / 2)} << 8;
    const std::uint32_t four = two | std::uint32_t{load<std::uint8_t>(at + size - 1)} << 16 | two << 24;
    all = four | std::uint64_t{four} << 32;
  }
  return std::bit_cast<Block>(Halves{.first = all, .second = all});
}

// -1 for each byte that is not plain in a JSON string.
Block not_plain_json(Block block) { return (block < 0x20) | (block == 0x7f) | (block == '"') | (block == '\\'); }

// The last block may overlap the one before it: what is looked at twice is as plain as before.
bool is_plain_json(std::string_view value) {
  Block found{};
  if (value.size() < sizeof(Block)) {
    found = not_plain_json(block_of_all(value));
  } else {
    const char* const last = value.data() + value.size() - sizeof(Block);
    for (const char* at = value.data(); at < last; at += sizeof(Block)) found |= not_plain_json(load<Block>(at));
    found |= not_plain_json(load<Block>(last));
  }
  const auto halves = std::bit_cast<Halves>(found);
  return (halves.first | halves.second) == 0;
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
  while (size < value.size() && plain[static_cast<unsigned char>(value[size])]) ++size;
  return size;
}

bool is_plain(Escape escape, std::string_view value) {
  if (value.empty()) return true;
  return escape == Escape::json ? is_plain_json(value) : plain_run(escape, value) == value.size();
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
