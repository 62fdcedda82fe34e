// A pipe as small as the kernel makes them, for tests of what happens when nobody reads it.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "base/check.h"

namespace rota::test {

class SmallPipe {
 public:
  SmallPipe() {
    CHECK(::pipe2(fds_.data(), O_CLOEXEC) == 0);
    CHECK(::fcntl(fds_[1], F_SETPIPE_SZ, 4096) == 4096);
  }
  ~SmallPipe() {
    close_reader();
    if (fds_[1] >= 0) ::close(fds_[1]);
  }
  SmallPipe(const SmallPipe&) = delete;
  SmallPipe& operator=(const SmallPipe&) = delete;

  int writer() const { return fds_[1]; }
  int give_writer() { return std::exchange(fds_[1], -1); }
  void close_reader() {
    if (fds_[0] >= 0) ::close(std::exchange(fds_[0], -1));
  }

  // What is there now.
  std::string read_there() {
    std::string text;
    pollfd asked{.fd = fds_[0], .events = POLLIN, .revents = 0};
    while (::poll(&asked, 1, 0) > 0 && (asked.revents & POLLIN) != 0) read_into(text);
    return text;
  }

  // Waits until all of `size` bytes have come, or the writer is gone.
  std::string read(std::size_t size) {
    std::string text;
    while (text.size() < size && read_into(text)) {
    }
    return text;
  }

 private:
  bool read_into(std::string& text) {
    std::array<char, 4096> bytes;
    const ssize_t size = ::read(fds_[0], bytes.data(), bytes.size());
    if (size <= 0) return false;
    text.append(bytes.data(), static_cast<std::size_t>(size));
    return true;
  }

  std::array<int, 2> fds_{-1, -1};
};

}  // namespace rota::test
