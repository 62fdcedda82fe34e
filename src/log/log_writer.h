// The thread that writes both logs, so that no pipe or disk ever holds up a request: producers push lines into rings and go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "log/log_pump.h"
#include "log/log_ring.h"
#include "log/log_sink.h"

namespace rota {

// Made by app/, before the workers; it outlives everything that pushes. Sinks, rings and the report are added before start(). One thread for all
// sinks: a pipe that nobody reads holds up only its own lines. A write that hangs (a dead network disk) holds up the thread, but neither its
// producers nor stop().
class LogWriter {
 public:
  // Under load the thread wakes this often, and takes what has gathered.
  static constexpr Duration kGather = std::chrono::milliseconds{10};
  static constexpr Duration kPatience = std::chrono::seconds{1};

  LogWriter();
  ~LogWriter();  // stops it
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // What the returned number stands for below. `title` begins what is reported about it: "access log".
  std::size_t add_sink(std::unique_ptr<LogSink> sink, std::string title);
  // One for each thread that pushes, for each sink. The capacity is a power of two.
  LogRing& add_ring(std::size_t sink, std::size_t capacity = LogRing::kDefaultCapacity);
  // Told what failed, writes again, or was dropped; on the log's thread, never after stop() has returned. Usually EventLog::say.
  void set_report(LogPump::Report report);

  // Or why there can be no such thread.
  std::expected<void, std::string> start();

  // For the one thread that pushes into `ring`. `line` ends with its only '\n'. False where it was dropped, and counted. After stop() lines
  // are no longer written.
  bool push(LogRing& ring, std::string_view line);

  // Opens the files anew, soon. Any thread; allocates nothing and locks nothing.
  void reopen();

  // Writes what was pushed before, for at most about `patience`, and ends the thread; where that hangs, leaves it behind. Returns how many lines
  // were never written.
  std::uint64_t stop(Duration patience = kPatience);

  // Lines that found their ring full, since the beginning. Any thread.
  std::uint64_t dropped(std::size_t sink) const;
  // How often the thread woke: an idle one does not.
  std::uint64_t wakeups() const;
  bool is_asleep() const;

 private:
  struct Shared;
  // Shared with the thread, which may have to be left behind in the middle of a write.
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace rota
