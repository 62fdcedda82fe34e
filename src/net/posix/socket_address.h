// An Address as the kernel takes it.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "net/address.h"
#include "net/peer.h"

namespace rota {

struct SocketAddress {
  // `address` is not a name.
  explicit SocketAddress(const Address& address);
  SocketAddress() = default;

  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  Peer peer() const;
  std::uint16_t port() const;

  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
};

}  // namespace rota
