#include "app/say.h"

#include <poll.h>
#include <unistd.h>

#include <string>

namespace rota {

// One write, so that lines of several threads do not mix. Whoever does not read for a second is not told.
void say_line(std::string_view text) {
  const std::string line = fmt::format("rota: {}\n", text);
  pollfd err{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&err, 1, 1000) != 1) return;
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace rota
