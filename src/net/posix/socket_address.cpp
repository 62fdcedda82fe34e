#include "net/posix/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstddef>
#include <cstring>

#include "base/check.h"

namespace rota {

SocketAddress::SocketAddress(const Address& address) {
  switch (address.family) {
    case Address::Family::ipv4: {
      auto* to = reinterpret_cast<sockaddr_in*>(&storage);
      to->sin_family = AF_INET;
      to->sin_port = htons(address.port);
      CHECK(::inet_pton(AF_INET, address.host.c_str(), &to->sin_addr) == 1);
      size = sizeof(*to);
      return;
    }
    case Address::Family::ipv6: {
      auto* to = reinterpret_cast<sockaddr_in6*>(&storage);
      to->sin6_family = AF_INET6;
      to->sin6_port = htons(address.port);
      CHECK(::inet_pton(AF_INET6, address.host.c_str(), &to->sin6_addr) == 1);
      size = sizeof(*to);
      return;
    }
    case Address::Family::unix_path: {
      auto* to = reinterpret_cast<sockaddr_un*>(&storage);
      to->sun_family = AF_UNIX;
      CHECK(address.host.size() < sizeof(to->sun_path));
      std::memcpy(to->sun_path, address.host.data(), address.host.size());
      size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.host.size() + 1);
      return;
    }
    case Address::Family::name:
      break;
  }
  CHECK(address.family != Address::Family::name);
}

Peer SocketAddress::peer() const {
  Peer peer;
  if (storage.ss_family == AF_INET) {
    peer.family = Peer::Family::ipv4;
    std::memcpy(peer.bytes.data(), &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, 4);
  } else if (storage.ss_family == AF_INET6) {
    peer.family = Peer::Family::ipv6;
    std::memcpy(peer.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr, 16);
  }
  return peer;
}

std::uint16_t SocketAddress::port() const {
  if (storage.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  return 0;
}

}  // namespace rota
