#include "proxy/request_id.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace rota {
namespace {

// Eight hexadecimal digits at once: each nibble is spread to a byte of its own, and made a digit by adding '0', or 'a' - 10 where it is above 9.
std::uint64_t eight_digits(std::uint32_t value) {
  std::uint64_t nibbles = __builtin_bswap64(value) >> 32;  // first byte first
  nibbles = (nibbles | (nibbles << 16)) & 0x0000ffff0000ffff;
  nibbles = (nibbles | (nibbles << 8)) & 0x00ff00ff00ff00ff;
  nibbles = ((nibbles >> 4) | (nibbles << 8)) & 0x0f0f0f0f0f0f0f0f;
  const std::uint64_t above_nine = ((nibbles + 0x0606060606060606) >> 4) & 0x0101010101010101;
  return nibbles + 0x3030303030303030 + above_nine * ('a' - 10 - '0');
}

}  // namespace

// 8-4-4-4-12 digits: 48 bits of time, version 7, 12 random bits, variant 2, 62 random bits.
RequestId::RequestId(WallTime now, Rng& rng) {
  static_assert(std::endian::native == std::endian::little);
  const auto milliseconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  const std::uint64_t random = rng.next();
  const std::uint64_t middle = (milliseconds << 16) | 0x7000 | (random >> 52);
  const std::uint64_t low = 0x8000000000000000 | (rng.next() >> 2);
  const std::uint64_t digits[4] = {eight_digits(static_cast<std::uint32_t>(milliseconds >> 16)),
                                   eight_digits(static_cast<std::uint32_t>(middle)), eight_digits(static_cast<std::uint32_t>(low >> 32)),
                                   eight_digits(static_cast<std::uint32_t>(low))};
  char* const to = text_.data();
  const char* const from = reinterpret_cast<const char*>(digits);
  std::memcpy(to, from, 8);
  std::memcpy(to + 9, from + 8, 4);
  std::memcpy(to + 14, from + 12, 4);
  std::memcpy(to + 19, from + 16, 4);
  std::memcpy(to + 24, from + 20, 12);
  to[8] = to[13] = to[18] = to[23] = '-';
}

}  // namespace rota
