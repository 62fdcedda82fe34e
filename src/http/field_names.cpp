#include "http/field_names.h"

#include <algorithm>
#include <bit>

#include "http/scan.h"

namespace rota::http {

static_assert(std::endian::native == std::endian::little);  // as the words are compared

namespace {

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

FieldId field_names_detail::look_up_forwarded(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kKnown); ++i) {
    if (kKnown[i].name.size() == name.size() && begins_with(name, kEntries[i])) return kKnown[i].id;
  }
  return name.size() > kForwarded.size() && begins_with(name, kForwardedEntry) ? FieldId::x_forwarded_more : FieldId::other;
}

// Applications that make variables of names cannot tell a dash from an underscore; some, like PHP, not from a dot either.
FieldId identify_uncommon(std::string_view name) {
  const std::string_view front = name.substr(0, field_names_detail::kLengths);  // of one as long as that, how it begins says all
  char dashed[field_names_detail::kLengths + kScanSlack];
  std::ranges::transform(front, dashed, [](char c) { return is_letter_or_digit(c) ? c : '-'; });
  return identify_exactly({dashed, front.size()}) == FieldId::other ? FieldId::other : FieldId::twin;
}

}  // namespace rota::http
