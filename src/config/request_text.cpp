#include "config/request_text.h"

#include <fmt/format.h>

#include "http/padded.h"
#include "http/target.h"

namespace rota {

bool is_host(std::string_view text) { return http::is_host(http::Padded(text).view()); }
bool is_host_without_port(std::string_view text) { return is_host(text) && is_host(fmt::format("{}:1", text)); }

bool is_target(std::string_view text) { return text.starts_with('/') && http::parse_target(http::Padded(text).view()).has_value(); }

}  // namespace rota
