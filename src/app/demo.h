// `rota demo`: the first five minutes in one command. Three instances of the example application and a rota in front of them, as processes of their
// own; some traffic, and what to try. With --check it plays the story by itself.
#pragma once

#include "app/exit_code.h"

namespace rota {

// Ends with TERM or INT, or with the story; everything it started ends with it. Fails where a part of it does not start or, with `check`, where the
// story does not go as it should.
ExitCode demo(bool check);

}  // namespace rota
