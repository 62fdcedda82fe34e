// How much a line of the process log matters, and what the levels are called in the config.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rota {

enum class LogLevel : std::uint8_t { debug, info, warn, error };

inline constexpr std::array<std::string_view, 4> kLogLevelNames{"debug", "info", "warn", "error"};

inline std::optional<LogLevel> log_level_of(std::string_view name) {
  for (std::size_t i = 0; i < kLogLevelNames.size(); ++i) {
    if (kLogLevelNames[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

}  // namespace rota
