// The head that goes to the instance: the client's own lines as they were sent, without what was dropped, and with what rota has to say.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/request_head.h"
#include "http/text_writer.h"

namespace rota::http {

// How the client speaks to rota.
enum class Scheme : std::uint8_t { http, https };

struct ForwardedFields {
  std::string_view client;      // X-Forwarded-For
  Scheme scheme;                // X-Forwarded-Proto
  std::string_view request_id;  // X-Request-Id
};

// The most that a forwarded head is longer than the one it was made from.
inline constexpr std::size_t kForwardedGrowth = 1024;

// Appends to `out`, which has room for the head and kForwardedGrowth.
void write_request_head(const RequestHead& head, const ForwardedFields& forwarded, TextWriter& out);

}  // namespace rota::http
