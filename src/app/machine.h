// What the machine lets rota have: cores and file descriptors.
#pragma once

#include <cstdint>

namespace rota {

// The cores this process may run on, or the cgroup's CPU quota (rounded up) where that is smaller. At least one.
std::uint32_t usable_cores();

// Raises the soft limit of open files to the hard one; returns it.
std::uint64_t raise_open_file_limit();

}  // namespace rota
