// Names to numbers, once, at start: the system's resolver, blocking.
#pragma once

#include <expected>
#include <string>

#include "config/config.h"

namespace rota {

// Replaces every instance's name by its first address. The error names the instance that has none.
std::expected<void, std::string> resolve_instances(Config& config);

}  // namespace rota
