// Where a socket listens or is reached, as people write it: 127.0.0.1:8080, [::1]:8080, :8080, app.internal:8080, unix:/run/app.sock.
// Text only: it resolves nothing and opens nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/units.h"

namespace rota {

struct Address {
  enum class Family : std::uint8_t { ipv4, ipv6, unix_path, name };

  Family family = Family::ipv4;
  std::uint16_t port = 0;  // 0 only where listening: any free port
  std::string host;        // canonical: an IP without brackets, a lower-case name, or the path

  // `:8080` means every interface where listening ([::] would exclude hosts without IPv6, so 0.0.0.0), and 127.0.0.1 where connecting.
  // `unix:/path` and `unix:///path` are the same; a path is absolute and fits sun_path (107 bytes).
  static Parsed<Address> to_listen(std::string_view text);
  static Parsed<Address> to_connect(std::string_view text);

  // The one way to write it; an instance's identity and every log line use it.
  std::string text() const;

  friend bool operator==(const Address&, const Address&) = default;
};

}  // namespace rota
