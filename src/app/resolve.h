// Names to numbers, once, at start: the system's resolver, blocking.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "config/config.h"

namespace rota {

// Replaces a name by its first address; what is none stays. `what` it is the address of, for the message.
std::expected<void, std::string> resolve_name(Address& named, std::string_view what);

// Replaces every name that is listened on or connected to by its first address. The error names the one that has none.
std::expected<void, std::string> resolve_names(Config& config);

}  // namespace rota
