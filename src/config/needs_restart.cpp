#include "config/needs_restart.h"

#include <algorithm>
#include <array>

#include "config/field.h"

namespace rota {
namespace {

// Of the process's own keys; those of services can all be changed. A new key stands among the others until somebody makes it change.
constexpr std::array<std::string_view, 1> kReloaded{"log.level"};

}  // namespace

std::vector<std::string> needs_restart(const Config& running, const Config& wanted) {
  Config before = running;  // copies, because a field reads as it writes: through a reference
  Config after = wanted;
  std::vector<std::string> paths;
  for (const Key<Config>& key : global_keys()) {
    const bool is_reloaded = std::ranges::find(kReloaded, key.path) != kReloaded.end();
    if (!is_reloaded && !field_equals(key.field, before, after)) paths.emplace_back(key.path);
  }
  return paths;
}

}  // namespace rota
