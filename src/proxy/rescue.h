// The only place where an Error becomes HTTP: one table of status, title and token. Everything that rota itself answers comes from here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace rota {

struct OwnResponse {
  std::uint16_t status;
  std::string_view reason;        // of the status line
  std::string_view title;         // of the problem
  std::string_view token;         // RFC 9209's, in Proxy-Status, log and metrics
  std::uint16_t retry_after = 0;  // seconds; 0: not said

  // A complete RFC 9457 document.
  std::string body(std::string_view request_id) const;
  // The complete response, as HTTP/1.1. `with_body` is false for HEAD.
  std::string http1(std::string_view request_id, bool close, bool with_body) const;
};

OwnResponse rescue(const Error& error);

// What log and metrics call it; also for what no client is told.
std::string_view error_token(const Error& error);

}  // namespace rota
