#include "http/field_names.h"

#include <algorithm>

namespace rota::http {

FieldId identify_uncommon(std::string_view name) {
  constexpr std::size_t kLongest = 64;  // of X-Forwarded-*, which may go on as it likes
  if (name.size() > kLongest || name.find('_') == std::string_view::npos) {
    return is_forwarded(name) ? FieldId::x_forwarded_more : FieldId::other;
  }
  char dashed[kLongest + kScanSlack];
  std::ranges::replace_copy(name, dashed, '_', '-');
  return identify_exactly({dashed, name.size()}) == FieldId::other ? FieldId::other : FieldId::underscore_twin;
}

}  // namespace rota::http
