// From what the operator wrote to what there is to balance.
#pragma once

#include "config/config.h"
#include "model/roster.h"

namespace rota {

// The instances' addresses are resolved already. Where the config has no routes, one service takes everything, and of several each has those whose host is
// `<service>.localhost`.
Roster make_roster(const Config& config);

}  // namespace rota
