// The environment as a layer of the config: ROTA_ and a key's path, upper case, with `_` for each step and `defaults.` left out.
// ROTA_X_FILE reads X's value from a file, for secrets that orchestrators mount.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/report.h"

namespace rota {

using Environment = std::map<std::string, std::string, std::less<>>;

// From the `environ` that main() got: NAME=value texts, ended by a nullptr.
Environment environment_from(const char* const* entries);

// limits.idle -> ROTA_LIMITS_IDLE
std::string variable_name(std::string_view path);

// What says something about a key, if anything does: its variable, or that with _FILE.
std::optional<std::string> variable_for(std::string_view path, const Environment& environment);

// Sets every key that has a variable; service keys go to config.defaults. A bad value goes to `errors`, a ROTA_* that is no key's to
// `warnings`.
void apply_environment(const Environment& environment, Config& config, Report& errors, Report& warnings);

}  // namespace rota
