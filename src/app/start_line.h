// What rota says when it serves.
#pragma once

#include <string>
#include <vector>

#include "config/load.h"
#include "net/posix/posix_listener.h"

namespace rota {

// One line, however many services there are. `admin`: where its pages are; empty: there are none.
std::string describe_start(const Loaded& loaded, const std::vector<ListenSockets>& listeners, std::size_t workers,
                           const std::string& admin);

// "1 instance", "2 instances".
std::string counted(std::size_t count, std::string_view what);

}  // namespace rota
