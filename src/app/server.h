// `rota run` and `rota proxy`: opens what has to be opened, starts the workers, and waits for a signal to end.
#pragma once

#include <functional>

#include "app/exit_code.h"
#include "config/load.h"

namespace rota {

// Runs in the foreground until TERM or INT: then it drains and ends, and a second one ends it at once. At HUP the config is read again, by `load`, on a thread of its
// own. Whatever keeps it from starting is said in one line.
ExitCode serve(Loaded loaded, const std::function<LoadResult()>& load);

}  // namespace rota
