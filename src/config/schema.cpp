#include "config/schema.h"

#include <algorithm>

namespace rota {
namespace {

bool is_small_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

bool is_service_name(std::string_view text) {
  const auto may_stand = [](char c) { return is_small_or_digit(c) || c == '_' || c == '-'; };
  return !text.empty() && text.size() <= 63 && is_small_or_digit(text.front()) && std::ranges::all_of(text, may_stand);
}

}  // namespace rota
