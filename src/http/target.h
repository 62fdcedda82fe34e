// Request targets and hosts (RFC 9112 section 3.2, RFC 9110 section 4.2), strictly. There is one form of a path for routing, logging and forwarding:
// the one that was sent; so whatever two readers could take for different paths is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rota::http {

struct Target {
  std::string_view path;       // begins with '/', or is "*"
  std::string_view query;      // with its '?'; empty where there is none
  std::string_view authority;  // of an absolute-form; empty otherwise
};

// Splits and validates. Refused besides bad grammar: dot segments (also as %2e, or with parameters: `..;x`), %2f, %5c and %00 in the path, broken
// percent triplets, fragments, user information, another scheme than http. `*` passes: whether the method allows it is the caller's question.
std::optional<Target> parse_target(std::string_view text);

// The length of the leading run of bytes that may stand in a target; validates nothing else.
std::size_t target_run(std::string_view bytes);

// host [":" port] of a Host field or authority: a name, IPv4 or bracketed IPv6; at most 255 bytes; a port from 1 to 65535. kScanSlack bytes behind `text` are
// readable, here and in parse_target.
bool is_host(std::string_view text);

}  // namespace rota::http
