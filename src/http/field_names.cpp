#include "http/field_names.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "http/scan.h"

namespace rota::http {
namespace {

// Setting bit 5 lowers letters, and changes no other byte of a token into one that a known name has.
constexpr std::uint64_t kBit5 = 0x2020202020202020;
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
  std::uint8_t size = 0;
  FieldId id = FieldId::other;
};

constexpr std::uint64_t word_of(std::string_view text) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < text.size() && i < 8; ++i) word |= std::uint64_t{static_cast<unsigned char>(text[i])} << (i * 8);
  return word;
}

constexpr Entry make_entry(std::string_view name, FieldId id) {
  Entry entry{.size = static_cast<std::uint8_t>(name.size()), .id = id};
  if (name.size() < 8) entry.mask = (std::uint64_t{1} << (name.size() * 8)) - 1;
  if (name.size() > 8) entry.last_at = static_cast<std::uint8_t>(name.size() - 8);
  if (name.size() > 16) entry.middle_at = 8;
  entry.first = word_of(name);
  entry.last = word_of(name.substr(entry.last_at));
  entry.middle = word_of(name.substr(entry.middle_at));
  return entry;
}

constexpr std::size_t kCount = std::size(field_names_detail::kKnown);

constexpr std::array<Entry, kCount> make_entries() {
  std::array<Entry, kCount> entries;
  for (std::size_t i = 0; i < kCount; ++i) entries[i] = make_entry(field_names_detail::kKnown[i].name, field_names_detail::kKnown[i].id);
  return entries;
}
constexpr auto kEntries = make_entries();
constexpr Entry kForwardedEntry = make_entry(field_names_detail::kForwarded, FieldId::x_forwarded_more);
static_assert(std::endian::native == std::endian::little);
static_assert(std::ranges::is_sorted(kEntries, {}, &Entry::size) && kEntries.back().size <= kMostSize);

// Where the entries of each size begin; those of the next size end them.
constexpr std::array<std::uint8_t, kMostSize + 2> make_begins() {
  std::array<std::uint8_t, kMostSize + 2> begins{};
  for (std::size_t size = 0; size < begins.size(); ++size) {
    begins[size] = static_cast<std::uint8_t>(std::ranges::count_if(kEntries, [size](const Entry& entry) { return entry.size < size; }));
  }
  return begins;
}
constexpr auto kBegins = make_begins();

std::uint64_t load(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word | kBit5;
}

// `name` begins with that of `entry`.
bool begins_with(std::string_view name, const Entry& entry) {
  const char* const at = name.data();
  const std::uint64_t difference =
      (load(at) ^ entry.first) | (load(at + entry.last_at) ^ entry.last) | (load(at + entry.middle_at) ^ entry.middle);
  return (difference & entry.mask) == 0;
}

}  // namespace

[[gnu::noinline]] FieldId field_names_detail::look_up(std::string_view name) {
  if (name.size() <= kMostSize) {
    for (std::size_t i = kBegins[name.size()]; i < kBegins[name.size() + 1]; ++i) {
      if (begins_with(name, kEntries[i])) return kEntries[i].id;
    }
  }
  return name.size() > kForwardedEntry.size && begins_with(name, kForwardedEntry) ? FieldId::x_forwarded_more : FieldId::other;
}

FieldId identify_uncommon(std::string_view name) {
  constexpr std::size_t kLongest = 64;  // of X-Forwarded-*
  if (name.size() > kLongest || name.find('_') == std::string_view::npos) return identify_exactly(name);
  char dashed[kLongest + kScanSlack];
  std::ranges::replace_copy(name, dashed, '_', '-');
  return identify_exactly({dashed, name.size()}) == FieldId::other ? FieldId::other : FieldId::underscore_twin;
}

}  // namespace rota::http
