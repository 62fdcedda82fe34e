#include "net/peer.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace rota {
namespace {

char* write_octet(char* to, unsigned octet) {
  if (octet >= 100) *to++ = static_cast<char>('0' + octet / 100);
  if (octet >= 10) *to++ = static_cast<char>('0' + octet / 10 % 10);
  *to++ = static_cast<char>('0' + octet % 10);
  return to;
}

std::size_t write_ipv4(const std::uint8_t* bytes, char* to) {
  char* at = write_octet(to, bytes[0]);
  for (int i = 1; i < 4; ++i) {
    *at++ = '.';
    at = write_octet(at, bytes[i]);
  }
  return static_cast<std::size_t>(at - to);
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
