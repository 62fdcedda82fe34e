#include "http/field_names.h"

#include <algorithm>
#include <bit>

#include "http/scan.h"

namespace rota::http {

static_assert(std::endian::native == std::endian::little);  // as the words are compared

FieldId field_names_detail::look_up_forwarded(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kKnown); ++i) {
    if (kKnown[i].name.size() == name.size() && begins_with(name, kEntries[i])) return kKnown[i].id;
  }
  return name.size() > kForwarded.size() && begins_with(name, kForwardedEntry) ? FieldId::x_forwarded_more : FieldId::other;
}

FieldId identify_uncommon(std::string_view name) {
  constexpr std::size_t kLongest = 64;  // of X-Forwarded-*
  if (name.size() > kLongest || name.find('_') == std::string_view::npos) return identify_exactly(name);
  char dashed[kLongest + kScanSlack];
  std::ranges::replace_copy(name, dashed, '_', '-');
  return identify_exactly({dashed, name.size()}) == FieldId::other ? FieldId::other : FieldId::underscore_twin;
}

}  // namespace rota::http
