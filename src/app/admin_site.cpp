#include "app/admin_site.h"

#include <fmt/format.h>

namespace rota {

std::expected<std::unique_ptr<AdminSite>, std::string> AdminSite::open(Reactor& reactor, const AdminConfig& config, AdminPages::View view,
                                                                       const Events& events) {
  auto sockets = open_listen_sockets(*config.listen, 1);
  if (!sockets) return std::unexpected(fmt::format("admin pages: {}; admin.listen says where they are, or off", sockets.error()));
  std::unique_ptr<AdminSite> site(new AdminSite(reactor, config, sockets->address, std::move(view), events));
  auto listener = PosixListener::adopt(reactor, std::move(sockets->sockets.front()));
  if (!listener) return std::unexpected("admin pages: out of file descriptors");
  site->server_.serve(std::move(*listener));
  return site;
}

AdminSite::AdminSite(Reactor& reactor, const AdminConfig& config, Address address, AdminPages::View view, const Events& events)
    : address_(std::move(address)),
      pages_({.token = config.token, .listens = {address_}, .hosts = config.hosts}, std::move(view), events, reactor.clock()),
      server_(reactor, [this](const ServedRequest& request) { return pages_.answer(request); }) {}

AdminSite::~AdminSite() { remove_socket_file(address_); }

std::string AdminSite::url() const {
  return address_.family == Address::Family::unix_path ? address_.text() : fmt::format("http://{}/", address_.text());
}

}  // namespace rota
