// Base64 (RFC 4648 section 4), with its padding and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rota {

std::string to_base64(std::span<const std::uint8_t> bytes);
// Nothing where it is not exactly what to_base64() would have written.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace rota
