#include "app/commands.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/say.h"
#include "app/server.h"
#include "app/version.h"
#include "config/schema_docs.h"

namespace rota {
namespace {

void print_error(std::string_view text) { fmt::print(stderr, "{}", text); }

nlohmann::json json_of(const std::vector<Diagnostic>& diagnostics) {
  auto list = nlohmann::json::array();
  for (const Diagnostic& diagnostic : diagnostics) list.push_back(diagnostic_json(diagnostic));
  return list;
}

}  // namespace

ExitCode validate(const Flags& flags, const Environment& environment, bool as_json) {
  const LoadResult loaded = load_config(flags, environment);
  if (as_json) {
    const nlohmann::json result{{"valid", loaded.has_value()},
                                {"errors", json_of(loaded ? std::vector<Diagnostic>{} : loaded.error())},
                                {"warnings", json_of(loaded ? loaded->warnings : std::vector<Diagnostic>{})}};
    fmt::print("{}\n", result.dump(2));
    return loaded ? ExitCode::fine : ExitCode::failed;
  }
  if (!loaded) {
    print_error(render(loaded.error()));
    return ExitCode::failed;
  }
  print_error(render(loaded->warnings));
  fmt::print("{} is valid\n", loaded->origin);
  return ExitCode::fine;
}

ExitCode load_and_serve(const Flags& flags, const Environment& environment) {
  LoadResult loaded = load_config(flags, environment);
  if (!loaded) {
    print_error(render(loaded.error()));
    return ExitCode::failed;
  }
  for (const Diagnostic& warning : loaded->warnings) print_error("warning: " + render(warning));
  return serve(std::move(*loaded), [flags, environment] { return load_config(flags, environment); });
}

ExitCode print_version() {
  fmt::print("rota {}\n", kVersion);
  return ExitCode::fine;
}

ExitCode print_schema(bool as_markdown) {
  fmt::print("{}", as_markdown ? markdown() : json_schema());
  return ExitCode::fine;
}

}  // namespace rota
