// A config file's tree, read into the Config by the schema's tables. It sets what the file says and nothing else: layers, and what is
// missing as a whole, are load.cpp's business.
#pragma once

#include "config/config.h"
#include "config/yaml.h"

namespace rota {

// Every key but `services` and `routes`: the process's own and `defaults`.
void read_globals(const YamlNode& root, Config& config, Report& report);

// `services`; each begins with config.defaults, so the layers above the file must have set those before.
void read_services(const YamlNode& root, Config& config, Report& report);

// The value of a `timeouts` key below `root`: those keys of a service's, over what `timeouts` holds.
void read_timeouts(const YamlNode& node, std::string_view root, Timeouts& timeouts, Report& report);

}  // namespace rota
