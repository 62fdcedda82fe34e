// What the admin API answers when it has nothing better: application/problem+json (RFC 9457).
#pragma once

#include <cstdint>
#include <string_view>

#include "net/http_server.h"

namespace rota {

ServedAnswer problem(std::uint16_t status, std::string_view detail);

}  // namespace rota
