#include "app/resolve.h"

#include <fmt/format.h>
#include <netdb.h>

#include <cstring>
#include <memory>

#include "net/posix/socket_address.h"

namespace rota {

std::expected<void, std::string> resolve_name(Address& named, std::string_view what) {
  if (named.family != Address::Family::name) return {};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(named.host.c_str(), nullptr, &hints, &found); error != 0) {
    return std::unexpected(fmt::format("cannot resolve the {} {}: {}", what, named.text(), ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  SocketAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  char text[Peer::kMostText];
  const Peer peer = address.peer();
  const std::size_t size = peer.write(text);
  named.family = peer.family == Peer::Family::ipv6 ? Address::Family::ipv6 : Address::Family::ipv4;
  named.host.assign(text, size);
  return {};
}

std::expected<void, std::string> resolve_names(Config& config) {
  for (Address& address : config.listen) {
    if (auto resolved = resolve_name(address, "address to listen on,"); !resolved) return resolved;
  }
  for (ServiceConfig& service : config.services) {
    for (InstanceConfig& instance : service.instances) {
      if (auto resolved = resolve_name(instance.address, "instance"); !resolved) return resolved;
    }
  }
  return {};
}

}  // namespace rota
