// SHA-256 (FIPS 180-4): for the fingerprint of the page's style that its policy names, and so that tokens are compared as what tells nothing of them.
// Not for passwords that are stored.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rota {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view message);

}  // namespace rota
