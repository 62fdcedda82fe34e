// Where lines go: standard output, standard error or a file. Writes without waiting for whoever reads, keeps a bounded rest, and says what
// keeps it. Decides nothing about what is dropped.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "log/log_ring.h"

namespace rota {

// Owned by the LogPump; everything but written_lines() is its thread's alone.
// Invariants: (1) pending_ is whole lines, at most kMostPending bytes; (2) the first written_ bytes of it are out already, and after write()
// they lie within its first line: that line is finished before anything else is written.
class LogSink {
 public:
  static constexpr std::size_t kMostPending = 256 * 1024;
  static constexpr Duration kRetryEvery = std::chrono::milliseconds{200};

  // "-" and "stdout", "stderr", or a file, which is created where it is not there. Or why not, for a person to read.
  static std::expected<std::unique_ptr<LogSink>, std::string> open(std::string_view path);
  // On a descriptor that is open already, and from now on the sink's to close. Its flags are left as they are: others may share them.
  LogSink(int fd, std::string name);
  ~LogSink();
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;

  // As a message names it.
  const std::string& name() const { return name_; }

  // Takes what the ring holds. False where lines had to be left there for want of room.
  bool take_from(LogRing& ring);
  bool has_pending() const { return !pending_.empty(); }

  // Writes as much as is taken without waiting. A regular file's write can wait for its disk; nothing else waits.
  void write(TimePoint now);

  // Whoever reads is slower than we are: fd() becomes writable when that changes.
  bool is_blocked() const { return state_ == State::blocked; }
  // The errno of what keeps failing, or 0. Nothing is written before retry_at().
  int failure() const { return state_ == State::failing ? failure_ : 0; }
  TimePoint retry_at() const { return retry_at_; }
  int fd() const { return fd_; }

  // Opens the path anew, so that a file which was moved away is followed by a new one that begins with a whole line. Where that fails the
  // old one stays. Does nothing for standard output and error.
  std::expected<void, std::string> reopen();

  // Since the beginning; any thread may ask.
  std::uint64_t written_lines() const { return written_lines_.load(std::memory_order_relaxed); }

 private:
  enum class Kind : std::uint8_t { file, socket, other };
  enum class State : std::uint8_t { ready, blocked, failing };

  void look_at_fd();
  std::string_view next_piece() const;
  bool takes_now() const;
  bool write_piece(std::string_view piece);
  void drop_written();

  int fd_;
  std::string name_;
  std::string path_;  // empty: not ours to open again
  Kind kind_ = Kind::other;
  bool waits_ = true;  // a write to it may wait: it has to be asked first

  std::string pending_;
  std::size_t written_ = 0;
  State state_ = State::ready;
  int failure_ = 0;
  TimePoint retry_at_{};
  std::atomic<std::uint64_t> written_lines_ = 0;
};

}  // namespace rota
