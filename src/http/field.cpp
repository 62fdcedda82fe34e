#include "http/field.h"

#include <algorithm>

#include "http/text.h"

namespace rota::http {
namespace {

FieldId identify_exactly(std::string_view name) {
  switch (name.size()) {
    case 2:
      if (token_equals(name, "te")) return FieldId::te;
      break;
    case 4:
      if (token_equals(name, "host")) return FieldId::host;
      break;
    case 6:
      if (token_equals(name, "expect")) return FieldId::expect;
      if (token_equals(name, "cookie")) return FieldId::cookie;
      break;
    case 7:
      if (token_equals(name, "upgrade")) return FieldId::upgrade;
      if (token_equals(name, "trailer")) return FieldId::trailer;
      break;
    case 9:
      if (token_equals(name, "forwarded")) return FieldId::forwarded;
      if (token_equals(name, "x-real-ip")) return FieldId::x_real_ip;
      break;
    case 10:
      if (token_equals(name, "connection")) return FieldId::connection;
      if (token_equals(name, "keep-alive")) return FieldId::keep_alive;
      if (token_equals(name, "set-cookie")) return FieldId::set_cookie;
      break;
    case 12:
      if (token_equals(name, "content-type")) return FieldId::content_type;
      if (token_equals(name, "x-request-id")) return FieldId::x_request_id;
      break;
    case 13:
      if (token_equals(name, "authorization")) return FieldId::authorization;
      break;
    case 14:
      if (token_equals(name, "content-length")) return FieldId::content_length;
      break;
    case 15:
      if (token_equals(name, "x-forwarded-for")) return FieldId::x_forwarded_for;
      break;
    case 16:
      if (token_equals(name, "x-forwarded-host")) return FieldId::x_forwarded_host;
      if (token_equals(name, "x-forwarded-port")) return FieldId::x_forwarded_port;
      if (token_equals(name, "proxy-connection")) return FieldId::proxy_connection;
      break;
    case 17:
      if (token_equals(name, "transfer-encoding")) return FieldId::transfer_encoding;
      if (token_equals(name, "x-forwarded-proto")) return FieldId::x_forwarded_proto;
      break;
    case 18:
      if (token_equals(name, "proxy-authenticate")) return FieldId::proxy_authenticate;
      break;
    default:
      break;
  }
  return FieldId::other;
}

constexpr std::size_t kLongestKnown = 18;

}  // namespace

FieldId identify(std::string_view name, bool uncommon) {
  if (!uncommon) [[likely]]
    return identify_exactly(name);
  if (name.size() > kLongestKnown || name.find('_') == std::string_view::npos) return FieldId::other;
  char dashed[kLongestKnown + kScanSlack];
  std::ranges::replace_copy(name, dashed, '_', '-');
  return identify_exactly({dashed, name.size()}) == FieldId::other ? FieldId::other : FieldId::underscore_twin;
}

}  // namespace rota::http
