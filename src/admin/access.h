// Who may see the admin pages: a token, where one is set, and a Host that is rota's own, so that no foreign page can have a browser ask here under a name of
// its own (DNS rebinding).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/sha256.h"
#include "net/address.h"
#include "net/http_server.h"

namespace rota {

struct AdminAccess {
  std::string token = {};               // empty: none is needed
  std::vector<Address> listens = {};    // where the admin listener is; on every interface, any IP address is its own
  std::vector<std::string> hosts = {};  // admin.hosts: more names, with or without a port
};

class AccessCheck {
 public:
  explicit AccessCheck(const AdminAccess& access);

  // What to answer instead; nothing: it may. `open`: no token is needed.
  std::optional<ServedAnswer> refusal(const ServedRequest& request, bool open) const;

 private:
  bool is_own(std::string_view host) const;
  bool has_token(const ServedRequest& request) const;

  std::optional<Sha256> token_;
  std::vector<std::string> hosts_;  // canonical, without ports
  bool any_ip_ = false;
};

}  // namespace rota
