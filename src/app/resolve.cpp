#include "app/resolve.h"

#include <fmt/format.h>
#include <netdb.h>

#include <cstring>
#include <memory>

#include "net/posix/socket_address.h"

namespace rota {
namespace {

std::expected<Address, std::string> resolve(const Address& named) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(named.host.c_str(), nullptr, &hints, &found); error != 0) {
    return std::unexpected(fmt::format("cannot resolve the instance {}: {}", named.text(), ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  SocketAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  char text[Peer::kMostText];
  const Peer peer = address.peer();
  const std::size_t size = peer.write(text);
  return Address{.family = peer.family == Peer::Family::ipv6 ? Address::Family::ipv6 : Address::Family::ipv4,
                 .port = named.port,
                 .host = std::string(text, size)};
}

}  // namespace

std::expected<void, std::string> resolve_instances(Config& config) {
  for (ServiceConfig& service : config.services) {
    for (InstanceConfig& instance : service.instances) {
      if (instance.address.family != Address::Family::name) continue;
      auto resolved = resolve(instance.address);
      if (!resolved) return std::unexpected(resolved.error());
      instance.address = std::move(*resolved);
    }
  }
  return {};
}

}  // namespace rota
