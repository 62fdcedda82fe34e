// Names to numbers, once, at start: the system's resolver, blocking.
#pragma once

#include <expected>
#include <string>

#include "config/config.h"

namespace rota {

// Replaces every name that is listened on or connected to by its first address. The error names the one that has none.
std::expected<void, std::string> resolve_names(Config& config);

}  // namespace rota
