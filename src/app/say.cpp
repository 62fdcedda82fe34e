#include "app/say.h"

#include <unistd.h>

#include <string>

namespace rota {

// One write, so that lines of several threads do not mix.
void say_line(std::string_view text) {
  const std::string line = fmt::format("rota: {}\n", text);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace rota
