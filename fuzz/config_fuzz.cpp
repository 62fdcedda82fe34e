// Any bytes as a config file: they end as a config or as reasons, and the reasons can be shown. No file and no real environment is read.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/check.h"
#include "config/load.h"
#include "config/make_roster.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rota::Environment kEnvironment{{"PORT", "9001"}, {"EMPTY", ""}, {"ROTA_WORKERS", "2"}};
  const auto loaded = rota::parse_config({reinterpret_cast<const char*>(data), size}, "rota.yaml", kEnvironment);
  if (loaded) {
    CHECK(!loaded->config.listen.empty());
    CHECK(!loaded->config.services.empty());
    for (const rota::ServiceConfig& service : loaded->config.services) CHECK(!service.instances.empty());
    CHECK(rota::make_roster(loaded->config).services.size() == loaded->config.services.size());
    return 0;
  }
  CHECK(!loaded.error().empty());
  for (const rota::Diagnostic& diagnostic : loaded.error()) {
    CHECK(!rota::render(diagnostic).empty());
    CHECK(!rota::diagnostic_json(diagnostic).dump().empty());
  }
  return 0;
}
