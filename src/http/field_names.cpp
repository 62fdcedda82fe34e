#include "http/field_names.h"

#include <algorithm>

namespace rota::http {

FieldId identify_uncommon(std::string_view name) {
  constexpr std::size_t kLongestKnown = 18;
  if (name.size() > kLongestKnown || name.find('_') == std::string_view::npos) return FieldId::other;
  char dashed[kLongestKnown + kScanSlack];
  std::ranges::replace_copy(name, dashed, '_', '-');
  return identify_exactly({dashed, name.size()}) == FieldId::other ? FieldId::other : FieldId::underscore_twin;
}

}  // namespace rota::http
