// What a reload cannot take over: keys that are read when rota starts.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace rota {

// The paths of those of them in which `wanted` is not what is running, in the schema's order.
std::vector<std::string> needs_restart(const Config& running, const Config& wanted);

}  // namespace rota
