#include "config/secret_line.h"

#include <algorithm>

#include "config/schema.h"

namespace rota {
namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }
bool is_quote(char c) { return c == '"' || c == '\''; }

void skip(std::string_view& text, char c) {
  while (text.starts_with(c)) text.remove_prefix(1);
}

// `rest` stands behind the key's name. ${NAME:-default} holds its default.
bool has_own_value(std::string_view rest) {
  if (!rest.empty() && is_quote(rest.front())) rest.remove_prefix(1);
  skip(rest, ' ');
  if (!rest.starts_with(':')) return false;
  rest.remove_prefix(1);
  skip(rest, ' ');
  if (!rest.empty() && is_quote(rest.front())) rest.remove_prefix(1);
  const std::string_view reference = rest.substr(0, rest.find('}'));
  const bool is_variable = reference.starts_with("${") && (!reference.contains(":-") || reference.ends_with(":-"));
  if (is_variable && reference.size() < rest.size()) rest.remove_prefix(reference.size() + 1);
  if (is_variable) return !rest.empty() && !is_quote(rest.front()) && !std::string_view(" ,}\r").contains(rest.front());
  return !rest.empty();
}

bool shows(std::string_view line, std::string_view name) {
  for (std::size_t place = line.find(name); place != std::string_view::npos; place = line.find(name, place + 1)) {
    const bool begins = place == 0 || !is_word(line[place - 1]);
    if (begins && has_own_value(line.substr(place + name.size()))) return true;
  }
  return false;
}

}  // namespace

bool shows_secret(std::string_view line) {
  return std::ranges::any_of(global_keys(), [line](const Key<Config>& key) {
    return std::holds_alternative<SecretField<Config>>(key.field) && shows(line, key.path.substr(key.path.rfind('.') + 1));
  });
}

}  // namespace rota
