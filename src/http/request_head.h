// A request's head, read in place: every view points into the bytes it was parsed from, which must stay where they are as long as it is used.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/field.h"
#include "http/message.h"

namespace rota::http {

enum class Method : std::uint8_t { get, head, post, put, delete_, options, connect, trace, other };

// RFC 9110 section 9.2.2. What is not known is not idempotent.
constexpr bool is_idempotent(Method method) { return method != Method::post && method != Method::connect && method != Method::other; }

struct RequestHead {
  Method method = Method::other;
  Version version = Version::http_1_1;
  Body body;
  bool keep_alive = false;        // the client would use this connection again
  bool expects_continue = false;  // it waits for 100 before it sends its body
  bool takes_trailers = false;    // TE: trailers
  bool has_host_line = false;     // `host` stands in the fields, too

  std::string_view method_text;
  std::string_view path;     // "*" or from '/'
  std::string_view query;    // with its '?'
  std::string_view host;     // empty: none was sent, which only HTTP/1.0 may
  std::string_view upgrade;  // the protocol that is asked for, where that passes on; empty otherwise
  FieldList fields;          // `dropped` is set on what is not forwarded
};

}  // namespace rota::http
