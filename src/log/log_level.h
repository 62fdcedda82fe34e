// How much a line of the process log matters, and what the levels are called in the config.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rota {

enum class LogLevel : std::uint8_t { debug, info, warn, error };

inline constexpr std::array<std::string_view, 4> kLogLevelNames{"debug", "info", "warn", "error"};

}  // namespace rota
