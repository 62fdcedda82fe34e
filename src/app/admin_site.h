// The admin pages on their listener: on the control thread, beside whatever else it does.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "admin/admin_pages.h"
#include "config/config.h"
#include "net/http_server.h"
#include "net/posix/posix_listener.h"

namespace rota {

class AdminSite {
 public:
  // The error says why it cannot listen there. `events` and the reactor outlive it.
  static std::expected<std::unique_ptr<AdminSite>, std::string> open(Reactor& reactor, const AdminConfig& config, AdminPages::View view,
                                                                     const Events& events);
  AdminSite(const AdminSite&) = delete;
  AdminSite& operator=(const AdminSite&) = delete;
  ~AdminSite();

  // Where people find it.
  std::string url() const;
  void end() { server_.end(); }
  auto all_ended() { return server_.all_ended(); }

 private:
  AdminSite(Reactor& reactor, const AdminConfig& config, Address address, AdminPages::View view, const Events& events);

  const Address address_;
  AdminPages pages_;
  HttpServer server_;
};

}  // namespace rota
