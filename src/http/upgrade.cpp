#include "http/upgrade.h"

#include <algorithm>

#include "http/text.h"

namespace rota::http {
namespace {

// protocol-name ["/" protocol-version], both tokens.
bool is_protocol(std::string_view text) {
  const std::size_t slash = text.find('/');
  return is_token(text.substr(0, slash)) && (slash == std::string_view::npos || is_token(text.substr(slash + 1)));
}

// The value of the only line named `lower`; empty where there is none, or several.
std::string_view only_value(const FieldList& fields, std::string_view lower) {
  std::string_view value;
  int lines = 0;
  for (const Field& field : fields) {
    if (!equals_lower(fields.name(field), lower)) continue;
    value = fields.value(field);
    ++lines;
  }
  return lines == 1 ? value : std::string_view{};
}

// Sixteen bytes in base64.
bool is_websocket_key(std::string_view text) {
  const auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return text.size() == 24 && text.ends_with("==") && std::ranges::all_of(text.substr(0, 22), is_digit);
}

bool is_websocket_handshake(const RequestHead& head) {
  return head.method == Method::get && only_value(head.fields, "sec-websocket-version") == "13" &&
         is_websocket_key(only_value(head.fields, "sec-websocket-key"));
}

}  // namespace

std::string_view only_protocol(const FieldList& fields) {
  const std::string_view protocol = only_value(fields, "upgrade");
  return is_protocol(protocol) ? protocol : std::string_view{};
}

std::string_view asked_protocol(const RequestHead& head) {
  if (head.version != Version::http_1_1 || head.body.framing != Framing::none) return {};
  const std::string_view protocol = only_protocol(head.fields);
  const std::string_view name = protocol.substr(0, protocol.find('/'));
  if (equals_lower(name, "h2c") || equals_lower(name, "h2") || equals_lower(name, "http")) return {};
  if (equals_lower(name, "websocket") && !is_websocket_handshake(head)) return {};
  return protocol;
}

void append_upgrade(std::string_view protocol, TextWriter& out) { out.append("Connection: upgrade\r\nUpgrade: ", protocol, "\r\n"); }

}  // namespace rota::http
