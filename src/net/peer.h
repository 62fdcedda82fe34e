// Who is at the other end of a connection, as 17 bytes: an IP address, or nobody with one (a unix socket).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rota {

struct Peer {
  enum class Family : std::uint8_t { none, ipv4, ipv6 };
  Family family = Family::none;
  std::array<std::uint8_t, 16> bytes{};  // network order; the first four of ipv4

  static constexpr std::size_t kMostText = 46;
  // Writes its text form (RFC 5952 for IPv6; an IPv4-mapped address as IPv4; "unix:" for none) to `to`, which has room for kMostText.
  std::size_t write(char* to) const;
};

}  // namespace rota
