#include "proxy/request_id.h"

#include <cstdint>

namespace rota {
namespace {

// The `count` lowest hexadecimal digits of `value`, highest first.
char* write_hex(char* to, std::uint64_t value, int count) {
  for (int i = count - 1; i >= 0; --i) *to++ = "0123456789abcdef"[(value >> (i * 4)) & 15];
  return to;
}

}  // namespace

RequestId::RequestId(WallTime now, Rng& rng) {
  const auto milliseconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  const std::uint64_t high = rng.next();
  const std::uint64_t low = rng.next();
  char* at = write_hex(text_.data(), milliseconds >> 16, 8);
  *at++ = '-';
  at = write_hex(at, milliseconds, 4);
  *at++ = '-';
  at = write_hex(at, 0x7000 | (high & 0x0fff), 4);
  *at++ = '-';
  at = write_hex(at, 0x8000 | ((high >> 16) & 0x3fff), 4);
  *at++ = '-';
  write_hex(at, low, 12);
}

}  // namespace rota
