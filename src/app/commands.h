// The commands of the program that only print: each takes what the command line said and returns what the process ends with.
#pragma once

#include "app/exit_code.h"
#include "config/load.h"

namespace rota {

// `rota validate`: what is wrong, on stderr, or as a JSON array on stdout; or one line that says it is fine.
ExitCode validate(const Flags& flags, const Environment& environment, bool as_json);

// `rota run` and `rota proxy`: loads the config, says what is wrong with it, or serves.
ExitCode load_and_serve(const Flags& flags, const Environment& environment);

ExitCode print_version();
// As JSON Schema, or as the page docs/configuration.md.
ExitCode print_schema(bool as_markdown);

}  // namespace rota
