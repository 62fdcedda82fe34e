#include "proxy/request_id.h"

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace rota {
namespace {

// The 32 hexadecimal digits of two words, in their order. Each nibble is spread to a byte of its own, and made a digit by adding '0', or 'a' - 10 where it is
// above 9.
#if defined(__SSE2__)
void write_digits(std::uint64_t high, std::uint64_t low, char* to) {
  const __m128i bytes = _mm_set_epi64x(static_cast<long long>(__builtin_bswap64(low)), static_cast<long long>(__builtin_bswap64(high)));
  const __m128i nibble = _mm_set1_epi8(0x0f);
  const __m128i upper = _mm_and_si128(_mm_srli_epi16(bytes, 4), nibble);
  const __m128i lower = _mm_and_si128(bytes, nibble);
  const auto digits = [](__m128i nibbles) {
    const __m128i letter = _mm_and_si128(_mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9)), _mm_set1_epi8('a' - 10 - '0'));
    return _mm_add_epi8(_mm_add_epi8(nibbles, _mm_set1_epi8('0')), letter);
  };
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), digits(_mm_unpacklo_epi8(upper, lower)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 16), digits(_mm_unpackhi_epi8(upper, lower)));
}
#else
void write_digits(std::uint64_t high, std::uint64_t low, char* to) {
  for (int i = 0; i < 16; ++i) {
    to[i] = "0123456789abcdef"[(high >> (60 - 4 * i)) & 15];
    to[i + 16] = "0123456789abcdef"[(low >> (60 - 4 * i)) & 15];
  }
}
#endif

}  // namespace

// 8-4-4-4-12 digits: 48 bits of milliseconds, version 7, 12 bits of what is left of the time (RFC 9562 section 6.2, method 3), variant 2, 62 random bits.
RequestId::RequestId(WallTime now, Rng& rng) {
  constexpr std::uint64_t kMillisecond = 1'000'000;
  const auto nanoseconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const std::uint64_t milliseconds = nanoseconds / kMillisecond;
  const std::uint64_t fraction = ((nanoseconds % kMillisecond) << 12) / kMillisecond;
  char from[32];
  write_digits((milliseconds << 16) | 0x7000 | fraction, 0x8000000000000000 | (rng.next() >> 2), from);
  char* const to = text_.data();
  std::memcpy(to, from, 8);
  std::memcpy(to + 9, from + 8, 4);
  std::memcpy(to + 14, from + 12, 4);
  std::memcpy(to + 19, from + 16, 4);
  std::memcpy(to + 24, from + 20, 12);
  to[8] = to[13] = to[18] = to[23] = '-';
}

}  // namespace rota
