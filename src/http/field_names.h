// The names that are known, by their length and then eight bytes at a time.
#pragma once

#include <string_view>

#include "http/field.h"
#include "http/text.h"

namespace rota::http {

// X-Forwarded-* of any kind.
inline bool is_forwarded(std::string_view name) {
  constexpr std::size_t kPrefix = 12;
  return name.size() > kPrefix && token_equals(name.substr(0, kPrefix), "x-forwarded-");
}

// For a name of letters, digits and '-' alone. Inlined into the loop over a head's lines: a call there costs more than the look.
[[gnu::always_inline]] inline FieldId identify_exactly(std::string_view name) {
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
    case 5:
      if (token_equals(name, "proxy")) return FieldId::proxy;
      break;
    default:
      break;
  }
  return is_forwarded(name) ? FieldId::x_forwarded_more : FieldId::other;
}

// For any token: one that is known but for its underscores is a twin.
FieldId identify_uncommon(std::string_view name);

}  // namespace rota::http
