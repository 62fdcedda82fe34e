// ${VAR}, ${VAR:-default}, ${VAR:?message} and $$ (a dollar sign) in the values of a config file, as the shell means them: unset and empty
// are alike to `:-` and `:?`. What comes in is not looked at again, and nothing nests; keys stay as they are written.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "config/environment.h"
#include "config/yaml.h"

namespace rota {

inline constexpr std::size_t kLongestValue = 64 * 1024;  // after interpolation

struct InterpolationError {
  std::string message;
  std::string reference;  // as it stands in the text, to point at
};

std::expected<std::string, InterpolationError> interpolate(std::string_view text, const Environment& environment);

// In every scalar of a tree; one that cannot be interpolated is reported at its place and becomes `refused`.
void interpolate_tree(YamlNode& node, const Environment& environment, Report& report);

}  // namespace rota
