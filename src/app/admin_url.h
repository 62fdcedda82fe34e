// Where the commands that talk to a running rota find it: --admin or $ROTA_ADMIN, as people write it.
#pragma once

#include <string_view>

#include "net/address.h"

namespace rota {

inline constexpr std::string_view kDefaultAdminUrl = "http://127.0.0.1:8090";

// http://host[:port][/] (port 80 where there is none), host:port, or unix:/path. A path of the URL beyond '/' is refused: the API's own is known.
Parsed<Address> parse_admin_url(std::string_view text);

}  // namespace rota
