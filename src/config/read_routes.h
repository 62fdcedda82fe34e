// The `routes` of a config file. A route is checked by the same rules as a request's host and path, so that the file and the wire agree.
#pragma once

#include "config/config.h"
#include "config/yaml.h"

namespace rota {

// After read_services: a route names one of config.services, and its timeouts begin with that one's. Warns of services that no route names.
void read_routes(const YamlNode& root, Config& config, Report& report, Report& warnings);

}  // namespace rota
