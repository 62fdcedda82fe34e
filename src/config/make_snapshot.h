// From what the operator asked for to what the workers go by.
#pragma once

#include <memory>

#include "config/config.h"
#include "model/snapshot.h"

namespace rota {

// The instances' addresses are resolved already. Hands and slots are new: live state starts here. Where the config has no routes, one service
// takes everything, and of several each has those whose host is `<service>.localhost`.
std::shared_ptr<const Snapshot> make_snapshot(const Config& config, std::uint64_t generation);

}  // namespace rota
