// What a request could hold, asked of a text that came by another way than a request. The grammar is http's.
#pragma once

#include <string_view>

namespace rota {

// A name or a bracketed address, and a port where there is one.
bool is_host(std::string_view text);
bool is_host_without_port(std::string_view text);

// A path, and a query where there is one.
bool is_target(std::string_view text);

}  // namespace rota
