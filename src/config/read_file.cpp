#include "config/read_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>

namespace rota {

std::expected<std::string, int> read_file(const std::string& path, std::size_t most) {
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "re"), close);
  if (!file) return std::unexpected(errno);
  std::string text(most, '\0');
  const std::size_t size = std::fread(text.data(), 1, text.size(), file.get());
  if (std::ferror(file.get()) != 0) return std::unexpected(errno);
  text.resize(size);
  return text;
}

}  // namespace rota
