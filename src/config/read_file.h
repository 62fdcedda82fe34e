// A small text file as a whole.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

namespace rota {

// At most `most` bytes of it (the caller decides what it means that there are so many). The error is errno.
std::expected<std::string, int> read_file(const std::string& path, std::size_t most);

}  // namespace rota
