// The names that are known: a table, behind a filter that most others end at.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "http/field.h"

namespace rota::http {

namespace field_names_detail {

struct Known {
  std::string_view name;  // lower case
  FieldId id;
};

inline constexpr Known kKnown[] = {
    {"te", FieldId::te},
    {"host", FieldId::host},
    {"proxy", FieldId::proxy},
    {"expect", FieldId::expect},
    {"cookie", FieldId::cookie},
    {"upgrade", FieldId::upgrade},
    {"trailer", FieldId::trailer},
    {"forwarded", FieldId::forwarded},
    {"x-real-ip", FieldId::x_real_ip},
    {"connection", FieldId::connection},
    {"keep-alive", FieldId::keep_alive},
    {"set-cookie", FieldId::set_cookie},
    {"content-type", FieldId::content_type},
    {"x-request-id", FieldId::x_request_id},
    {"authorization", FieldId::authorization},
    {"content-length", FieldId::content_length},
    {"x-forwarded-for", FieldId::x_forwarded_for},
    {"x-forwarded-host", FieldId::x_forwarded_host},
    {"x-forwarded-port", FieldId::x_forwarded_port},
    {"proxy-connection", FieldId::proxy_connection},
    {"transfer-encoding", FieldId::transfer_encoding},
    {"x-forwarded-proto", FieldId::x_forwarded_proto},
    {"proxy-authenticate", FieldId::proxy_authenticate},
};

// X-Forwarded-* of any kind, which may go on as it likes.
inline constexpr std::string_view kForwarded = "x-forwarded-";

constexpr std::uint64_t kBit5 =
    0x2020202020202020;  // setting it lowers letters, and changes no other byte of a token into one that a known name has
constexpr std::size_t kMostSize = 24;

// A known name, bit 5 set, as three words that cover it: its first eight bytes, its last eight, and those from the ninth on where it has more than sixteen. One
// of less than eight is masked.
struct Entry {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t middle = 0;
  std::uint64_t mask = ~std::uint64_t{0};
  std::uint8_t last_at = 0;
  std::uint8_t middle_at = 0;
  FieldId id = FieldId::other;
};

constexpr std::uint64_t word_of(std::string_view text) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < text.size() && i < 8; ++i) word |= std::uint64_t{static_cast<unsigned char>(text[i])} << (i * 8);
  return word;
}

constexpr Entry make_entry(const Known& known) {
  const std::string_view name = known.name;
  Entry entry{.id = known.id};
  if (name.size() < 8) entry.mask = (std::uint64_t{1} << (name.size() * 8)) - 1;
  if (name.size() > 8) entry.last_at = static_cast<std::uint8_t>(name.size() - 8);
  if (name.size() > 16) entry.middle_at = 8;
  entry.first = word_of(name) | (kBit5 & entry.mask);
  entry.last = word_of(name.substr(entry.last_at)) | (kBit5 & entry.mask);
  entry.middle = word_of(name.substr(entry.middle_at)) | (kBit5 & entry.mask);
  return entry;
}

inline constexpr auto kEntries = [] {
  std::array<Entry, std::size(kKnown)> entries;
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i] = make_entry(kKnown[i]);
  return entries;
}();
inline constexpr Entry kForwardedEntry = make_entry({kForwarded, FieldId::x_forwarded_more});

inline std::uint64_t load(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word | kBit5;
}

// `name`, of the same size or more, begins with that of `entry`.
[[gnu::always_inline]] inline bool begins_with(std::string_view name, const Entry& entry) {
  const char* const at = name.data();
  const std::uint64_t difference =
      (load(at) ^ entry.first) | (load(at + entry.last_at) ^ entry.last) | (load(at + entry.middle_at) ^ entry.middle);
  return (difference & entry.mask) == 0;
}

// By length and first letter: 1 + the place of the only known name that it could be, or kForwardedLike, where it could be one of X-Forwarded-*; 0: none.
constexpr std::size_t kLengths = 32;  // a longer name counts as one of 31
constexpr std::uint8_t kForwardedLike = 0xff;
constexpr std::size_t letter_of(char c) { return static_cast<unsigned char>(c) & 31U; }
inline constexpr auto kCandidates = [] {
  std::array<std::array<std::uint8_t, 32>, kLengths> candidates{};
  for (std::size_t i = 0; i < std::size(kKnown); ++i) {
    std::uint8_t& candidate = candidates[kKnown[i].name.size()][letter_of(kKnown[i].name.front())];
    if (candidate != 0 && !kKnown[i].name.starts_with(kForwarded)) throw "two known names that only look_up_forwarded() could tell apart";
    candidate = static_cast<std::uint8_t>(i + 1);
  }
  for (std::size_t size = kForwarded.size() + 1; size < kLengths; ++size) candidates[size][letter_of('x')] = kForwardedLike;
  return candidates;
}();

FieldId look_up_forwarded(std::string_view name);

}  // namespace field_names_detail

// For a name of letters, digits and '-' alone, with kScanSlack readable bytes behind it.
inline FieldId identify_exactly(std::string_view name) {
  using namespace field_names_detail;
  const std::size_t size = name.size() < kLengths ? name.size() : kLengths - 1;
  const std::uint8_t candidate = kCandidates[size][letter_of(name.front())];
  if (candidate == 0) [[likely]]
    return FieldId::other;
  if (candidate == kForwardedLike) [[unlikely]]
    return look_up_forwarded(name);
  const Entry& entry = kEntries[candidate - 1U];
  return begins_with(name, entry) ? entry.id : FieldId::other;
}

// For any token: one that would be known with dashes for what is neither letter nor digit is a twin.
FieldId identify_uncommon(std::string_view name);

}  // namespace rota::http
