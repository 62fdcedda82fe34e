// Pipes that carry bytes from one socket to another without a copy into this process: splice(2), which needs a pipe between its two ends.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

// Two descriptors, and how much lies between them. Closed by whoever holds it last: see Pipes.
struct Pipe {
  int out = -1, in = -1;
  std::size_t held = 0;

  [[nodiscard]] bool is_open() const { return in >= 0; }

  // Into an empty pipe, and never more than `most`: what belongs to the next answer has to stay in the socket. As read(2).
  ssize_t fill(int socket, std::uint64_t most) {
    const ssize_t count = splice(socket, nullptr, in, nullptr, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (count > 0) held += static_cast<std::size_t>(count);
    return count;
  }

  // As write(2), but that a closed socket raises SIGPIPE and nothing can forbid it here.
  ssize_t pour(int socket) {
    const ssize_t count = splice(out, nullptr, socket, nullptr, held, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (count > 0) held -= static_cast<std::size_t>(count);
    return count;
  }
};

// The pipes that no body needs now. Making one and giving it its size is four system calls, so they are kept.
class Pipes {
 public:
  explicit Pipes(std::size_t bytes) : bytes_(bytes) {}  // the size of each; 0: there are none

  [[nodiscard]] bool are_wanted() const { return bytes_ > 0; }

  // Nothing: the system has no descriptors left, or allows no pipe of that size.
  std::optional<Pipe> take() {
    if (!free_.empty()) {
      const Pipe pipe = free_.back();
      free_.pop_back();
      return pipe;
    }
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return std::nullopt;
    const Pipe pipe{.out = ends[0], .in = ends[1]};
    if (fcntl(pipe.in, F_SETPIPE_SZ, static_cast<int>(bytes_)) >= 0) return pipe;
    close_both(pipe);
    return std::nullopt;
  }

  // One that still holds bytes is of no use to another body.
  void give_back(Pipe& pipe) {
    const Pipe given = std::exchange(pipe, {});
    if (!given.is_open()) return;
    given.held > 0 ? close_both(given) : free_.push_back(given);
  }

 private:
  static void close_both(const Pipe& pipe) {
    close(pipe.in);
    close(pipe.out);
  }

  std::size_t bytes_;
  std::vector<Pipe> free_;
};
