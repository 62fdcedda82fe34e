#include "net/peer.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace rota {
namespace {

// An octet's digits, and how many they are.
struct Octet {
  char digits[3];
  std::uint8_t size;
};

constexpr std::array<Octet, 256> make_octets() {
  std::array<Octet, 256> octets{};
  for (unsigned value = 0; value < octets.size(); ++value) {
    Octet& octet = octets[value];
    for (unsigned place = 100; place > 0; place /= 10) {
      if (value >= place || place == 1) octet.digits[octet.size++] = static_cast<char>('0' + value / place % 10);
    }
  }
  return octets;
}
constexpr auto kOctets = make_octets();

// Writes more than it uses of the last octet's room: there is room for an IPv6 address.
std::size_t write_ipv4(const std::uint8_t* bytes, char* to) {
  char* at = to;
  for (int i = 0; i < 4; ++i) {
    const Octet& octet = kOctets[bytes[i]];
    std::memcpy(at, &octet, sizeof(octet));
    at += octet.size;
    *at++ = '.';
  }
  return static_cast<std::size_t>(at - to) - 1;
}

}  // namespace

std::size_t Peer::write(char* to) const {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  switch (family) {
    case Family::ipv4:
      return write_ipv4(bytes.data(), to);
    case Family::ipv6:
      if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) return write_ipv4(bytes.data() + 12, to);
      ::inet_ntop(AF_INET6, bytes.data(), to, kMostText);
      return std::strlen(to);
    case Family::none:
      break;
  }
  std::memcpy(to, "unix:", 5);
  return 5;
}

}  // namespace rota
