// The process log: what rota itself has to say while it serves, one line each, from any thread and without waiting for whoever reads it.
#pragma once

#include <atomic>
#include <mutex>
#include <string_view>

#include "log/log_level.h"
#include "log/log_writer.h"

namespace rota {

// Owned by app/. What cannot be taken is dropped and counted by its ring, and the LogWriter says so later.
class EventLog {
 public:
  // A ring of `writer`, for this alone. Both outlive it.
  EventLog(LogWriter& writer, LogRing& ring, LogLevel threshold) : writer_(writer), ring_(ring), threshold_(threshold) {}

  // "rota: text", "rota: warning: text", "rota: error: text". Always one line, whatever is in the text; a very long one is cut.
  void say(LogLevel level, std::string_view text);

  // Whether say() would do anything, where the text is dear.
  bool says(LogLevel level) const { return level >= threshold_.load(std::memory_order_relaxed); }
  void set_threshold(LogLevel threshold) { threshold_.store(threshold, std::memory_order_relaxed); }

 private:
  LogWriter& writer_;
  std::mutex mutex_;  // makes its many threads the one producer that a ring takes; held for copying a line
  LogRing& ring_;     // guarded by mutex_
  std::atomic<LogLevel> threshold_;
};

}  // namespace rota
