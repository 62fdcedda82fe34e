// The inner loops of the codec: where a run of allowed bytes ends. Sixteen bytes at a time with SSE2 (part of every x86-64), one at a time elsewhere.
// A scan may load up to kScanSlack bytes beyond `end`; they must be readable (BufferPool::kSlack, or a padded copy in tests), and never decide anything.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace rota::http {

inline constexpr std::size_t kScanSlack = 16;

namespace scan_detail {

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (const char c : std::string_view{"!#$%&'*+-.^_`|~"}) table[static_cast<unsigned char>(c)] = true;
  return table;
}
inline constexpr auto kToken = make_token_table();

#if defined(__SSE2__)
inline __m128i load(const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }
// Bytes of v that are at most `limit`, unsigned.
inline __m128i at_most(__m128i v, char limit) { return _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(limit)), v); }

// A bit for each byte in which the two differ.
inline std::uint32_t different(const char* a, const char* b) {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(load(a), load(b)))) ^ 0xffffU;
}

// A bit for each byte that is neither letter, digit nor '-': what nearly every field name is made of.
inline std::uint32_t not_common_name(const char* at) {
  const __m128i v = load(at);
  const __m128i letter = at_most(_mm_sub_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)), _mm_set1_epi8('a')), 25);
  const __m128i digit = at_most(_mm_sub_epi8(v, _mm_set1_epi8('0')), 9);
  const __m128i common = _mm_or_si128(_mm_or_si128(letter, digit), _mm_cmpeq_epi8(v, _mm_set1_epi8('-')));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(common)) ^ 0xffffU;
}

// A bit for each byte that is neither letter nor '-': what most field names are made of.
inline std::uint32_t not_letter_or_dash(const char* at) {
  const __m128i v = load(at);
  const __m128i letter = at_most(_mm_sub_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)), _mm_set1_epi8('a')), 25);
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(letter, _mm_cmpeq_epi8(v, _mm_set1_epi8('-'))))) ^ 0xffffU;
}

// A bit for each byte below a space, and for DEL: no other byte ends a field value, and of these a tab does not.
inline std::uint32_t control(const char* at) {
  const __m128i v = load(at);
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(at_most(v, 0x1f), _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f)))));
}

// A bit for each byte that is not a letter, a digit, '-', '_' or '/': what most of most paths is made of.
inline std::uint32_t not_plain_path(const char* at) {
  const __m128i v = load(at);
  const __m128i letter = at_most(_mm_sub_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)), _mm_set1_epi8('a')), 25);
  const __m128i slash_or_digit = _mm_andnot_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('.')), at_most(_mm_sub_epi8(v, _mm_set1_epi8('-')), 12));
  const __m128i plain = _mm_or_si128(_mm_or_si128(letter, slash_or_digit), _mm_cmpeq_epi8(v, _mm_set1_epi8('_')));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(plain)) ^ 0xffffU;
}

// A bit for each byte that may not stand in a field value: controls but HTAB, and DEL.
inline std::uint32_t not_value(const char* at) {
  const __m128i v = load(at);
  const __m128i control = _mm_andnot_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\t')), at_most(v, 0x1f));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(control, _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f)))));
}
// Of 16 bytes: which cannot stand in a host's name, and which are its dots.
struct NameBits {
  std::uint32_t stops;
  std::uint32_t dots;
};
inline NameBits name_bits(const char* at) {
  const __m128i v = load(at);
  const __m128i dot = _mm_cmpeq_epi8(v, _mm_set1_epi8('.'));
  const __m128i rest = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('_')), _mm_cmpeq_epi8(v, _mm_set1_epi8('~')));
  const auto others = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(dot, rest)));
  return {not_common_name(at) & ~others, static_cast<std::uint32_t>(_mm_movemask_epi8(dot))};
}
#else
template <class Bad>
std::uint32_t bits_of(const char* at, Bad bad) {
  std::uint32_t bits = 0;
  for (unsigned i = 0; i < 16; ++i) bits |= bad(static_cast<unsigned char>(at[i])) ? 1U << i : 0U;
  return bits;
}
inline std::uint32_t different(const char* a, const char* b) {
  std::uint32_t bits = 0;
  for (unsigned i = 0; i < 16; ++i) bits |= a[i] != b[i] ? 1U << i : 0U;
  return bits;
}
inline std::uint32_t not_common_name(const char* at) {
  return bits_of(at, [](unsigned char c) { return !(((c | 0x20U) - 'a') <= 25U || (c - '0' + 0U) <= 9U || c == '-'); });
}
inline std::uint32_t not_letter_or_dash(const char* at) {
  return bits_of(at, [](unsigned char c) { return !(((c | 0x20U) - 'a') <= 25U || c == '-'); });
}
inline std::uint32_t control(const char* at) {
  return bits_of(at, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}
inline std::uint32_t not_plain_path(const char* at) {
  return bits_of(at,
                 [](unsigned char c) { return !(((c | 0x20U) - 'a') <= 25U || (c - '0' + 0U) <= 9U || c == '-' || c == '_' || c == '/'); });
}
inline std::uint32_t not_value(const char* at) {
  return bits_of(at, [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}
struct NameBits {
  std::uint32_t stops;
  std::uint32_t dots;
};
inline NameBits name_bits(const char* at) {
  const std::uint32_t dots = 0xffffU ^ bits_of(at, [](unsigned char c) { return c != '.'; });
  const std::uint32_t others = dots | (0xffffU ^ bits_of(at, [](unsigned char c) { return c != '_' && c != '~'; }));
  return {not_common_name(at) & ~others, dots};
}
#endif

// The first byte that `stops_of` has a bit for, or `end`.
template <std::uint32_t stops_of(const char*)>
const char* run_end(const char* at, const char* end) {
  while (at < end) {
    const std::uint32_t stops = stops_of(at);
    if (stops == 0) {
      at += 16;
      continue;
    }
    at += std::countr_zero(stops);
    return at < end ? at : end;
  }
  return end;
}

}  // namespace scan_detail

// Whether both begin with the same `size` bytes. Both have kScanSlack readable bytes behind those.
inline bool starts_alike(const char* a, const char* b, std::size_t size) {
  std::size_t i = 0;
  for (; i + 16 <= size; i += 16) {
    if (scan_detail::different(a + i, b + i) != 0) return false;
  }
  const std::uint32_t rest = (1U << (size - i)) - 1;
  return (scan_detail::different(a + i, b + i) & rest) == 0;
}

// tchar, RFC 9110 section 5.6.2.
inline bool is_token_char(char c) { return scan_detail::kToken[static_cast<unsigned char>(c)]; }

// The first byte that is not a tchar, or `end`. `uncommon` becomes true where the token has more than letters, digits and '-'.
inline const char* token_end(const char* at, const char* end, bool& uncommon) {
  while (at < end) {
    const std::uint32_t stops = scan_detail::not_common_name(at);
    if (stops == 0) {
      at += 16;
      continue;
    }
    at += std::countr_zero(stops);
    if (at >= end) break;
    if (!is_token_char(*at)) return at;
    uncommon = true;
    ++at;
  }
  return end;
}

// The first byte that is not of a field value (HTAB, SP, VCHAR, obs-text: RFC 9110 section 5.5), or `end`.
inline const char* value_end(const char* at, const char* end) { return scan_detail::run_end<scan_detail::not_value>(at, end); }

// The first byte that is not a letter, a digit, '-', '_' or '/', or `end`. No run of these is a dot segment, and none needs decoding.
inline const char* plain_path_end(const char* at, const char* end) { return scan_detail::run_end<scan_detail::not_plain_path>(at, end); }

}  // namespace rota::http
