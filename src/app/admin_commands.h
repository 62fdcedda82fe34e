// The commands that ask a running rota, over its admin API.
#pragma once

#include <string>

#include "app/admin_url.h"
#include "app/exit_code.h"

namespace rota {

struct AdminFlags {
  std::string url{kDefaultAdminUrl};
  std::string token = {};  // empty: none is sent
};

// `rota status`: a table of services and instances, or the API's answers as one JSON object. Failed: nobody answered, or not as a rota does.
ExitCode print_status(const AdminFlags& flags, bool as_json);

// `rota healthcheck`, made for Docker's HEALTHCHECK: one line, fine while /readyz says so.
ExitCode healthcheck(const AdminFlags& flags);

}  // namespace rota
