#include "log/log_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>

namespace rota {
namespace {

using Opened = std::expected<int, std::string>;

// A pipe that is writable has room for this much: it is what a write of it cannot split, and cannot wait for.
constexpr std::size_t kPipePiece = PIPE_BUF;

Opened open_path(const std::string& path) {
  // Not waiting is this open file's own flag, shared with nobody. It means nothing to a regular file, and much to a named pipe.
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
  if (fd >= 0) return fd;
  if (errno == ENXIO) return std::unexpected(fmt::format("cannot open {}: nobody reads from it", path));
  return std::unexpected(fmt::format("cannot open {}: {}", path, std::generic_category().message(errno)));
}

// Standard output and error are shared with whoever started us: setting O_NONBLOCK there would surprise them. Opened once more, a pipe or
// terminal is an open file of our own that can have the flag. Where that is not allowed, a second descriptor of the shared one has to do.
Opened open_standard(int standard, const char* name) {
  struct stat status{};
  if (::fstat(standard, &status) != 0) return std::unexpected(fmt::format("cannot write to {}: it is closed", name));
  if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
    const std::string self = fmt::format("/proc/self/fd/{}", standard);
    const int own = ::open(self.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (own >= 0) return own;
  }
  const int copy = ::fcntl(standard, F_DUPFD_CLOEXEC, 3);
  if (copy >= 0) return copy;
  return std::unexpected(fmt::format("cannot write to {}: {}", name, std::generic_category().message(errno)));
}

}  // namespace

std::expected<std::unique_ptr<LogSink>, std::string> LogSink::open(std::string_view path) {
  const bool out = path == "-" || path == "stdout" || path == "/dev/stdout";
  const bool err = path == "stderr" || path == "/dev/stderr";
  const char* name = out ? "stdout" : "stderr";
  const Opened fd = out || err ? open_standard(out ? STDOUT_FILENO : STDERR_FILENO, name) : open_path(std::string(path));
  if (!fd) return std::unexpected(fd.error());
  auto sink = std::make_unique<LogSink>(*fd, out || err ? name : std::string(path));
  if (!out && !err) sink->path_ = path;
  return sink;
}

LogSink::LogSink(int fd, std::string name) : fd_(fd), name_(std::move(name)) { look_at_fd(); }

LogSink::~LogSink() { ::close(fd_); }

void LogSink::look_at_fd() {
  struct stat status{};
  if (::fstat(fd_, &status) != 0) status.st_mode = 0;
  kind_ = S_ISREG(status.st_mode) ? Kind::file : S_ISSOCK(status.st_mode) ? Kind::socket : Kind::other;
  waits_ = kind_ == Kind::other && (::fcntl(fd_, F_GETFL) & O_NONBLOCK) == 0;
}

bool LogSink::take_from(LogRing& ring) {
  const auto room = [this] { return kMostPending - pending_.size(); };
  if (room() >= LogRing::kLongestLine) ring.take(pending_, room());
  return room() >= LogRing::kLongestLine || ring.is_empty();
}

void LogSink::write(TimePoint now) {
  if (state_ == State::failing && now < retry_at_) return;
  state_ = State::ready;
  while (state_ == State::ready && written_ < pending_.size()) {
    if (!takes_now()) {
      state_ = State::blocked;
    } else if (!write_piece(next_piece())) {
      state_ = errno == EAGAIN ? State::blocked : State::failing;
      failure_ = errno;
      retry_at_ = now + kRetryEvery;
    }
  }
  drop_written();
  // Whoever had read the first half of a line is gone: who reads next is told all of it.
  if (failure() == EPIPE) written_ = 0;
}

// What may be written at once: to a file everything. To a pipe what it takes without waiting, and whole lines where they are that short, so
// that those of other writers to the same pipe come between lines.
std::string_view LogSink::next_piece() const {
  const std::string_view rest = std::string_view(pending_).substr(written_);
  if (kind_ == Kind::file || rest.size() <= kPipePiece) return rest;
  const std::size_t last = rest.substr(0, kPipePiece).rfind('\n');
  return rest.substr(0, last == std::string_view::npos ? kPipePiece : last + 1);
}

bool LogSink::takes_now() const {
  if (!waits_) return true;
  pollfd asked{.fd = fd_, .events = POLLOUT, .revents = 0};
  return ::poll(&asked, 1, 0) > 0;  // an error counts too: the write will say which
}

// False with errno where nothing was taken.
bool LogSink::write_piece(std::string_view piece) {
  ssize_t done = -1;
  do {
    done = kind_ == Kind::socket ? ::send(fd_, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                 : ::write(fd_, piece.data(), piece.size());
  } while (done < 0 && errno == EINTR);
  if (done == 0) errno = EIO;  // neither taken nor refused: as good as failing
  if (done <= 0) return false;
  const auto lines = std::ranges::count(piece.substr(0, static_cast<std::size_t>(done)), '\n');
  written_lines_.store(written_lines() + static_cast<std::uint64_t>(lines), std::memory_order_relaxed);
  written_ += static_cast<std::size_t>(done);
  return true;
}

void LogSink::drop_written() {
  if (written_ == 0) return;
  const std::size_t last = std::string_view(pending_).substr(0, written_).rfind('\n');
  const std::size_t whole = last == std::string_view::npos ? 0 : last + 1;
  pending_.erase(0, whole);
  written_ -= whole;
}

std::expected<void, std::string> LogSink::reopen() {
  if (path_.empty()) return {};
  const Opened fresh = open_path(path_);
  if (!fresh) return std::unexpected(fresh.error());
  if (written_ > 0) {  // the old file should end with a whole line too, if it can
    write_piece(std::string_view(pending_).substr(written_, pending_.find('\n', written_) + 1 - written_));
    drop_written();
  }
  struct stat old_status{};
  struct stat new_status{};
  const bool is_same = ::fstat(fd_, &old_status) == 0 && ::fstat(*fresh, &new_status) == 0 && old_status.st_dev == new_status.st_dev &&
                       old_status.st_ino == new_status.st_ino;
  if (!is_same) written_ = 0;  // a half that is still left stays in the old file; the new one has the whole line
  ::close(fd_);
  fd_ = *fresh;
  look_at_fd();
  retry_at_ = TimePoint{};  // worth a try at once
  return {};
}

}  // namespace rota
