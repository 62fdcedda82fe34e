// Which rota this is.
#pragma once

#include <string_view>

namespace rota {

inline constexpr std::string_view kName = "rota";
extern const std::string_view kVersion;

}  // namespace rota
