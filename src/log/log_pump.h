// What the log's thread does when it is awake: lines from rings into sinks, what failed and what was dropped into reports. No thread, no clock
// and no sleeping of its own, so that tests can turn it by hand.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "log/log_level.h"
#include "log/log_ring.h"
#include "log/log_sink.h"

namespace rota {

// Owned by the LogWriter, on its thread once that runs; the counts are for anyone, who may ask once all is added.
// Invariants: (1) no sink waits for another: each turn gives each of them its share; (2) each line that a ring accepted is written, or still
// counted by unwritten_lines().
class LogPump {
 public:
  static constexpr Duration kReportEvery = std::chrono::seconds{10};
  // A full ring wakes nobody, so what is dropped behind a sink that does not take is looked for.
  static constexpr Duration kLookEvery = std::chrono::seconds{1};
  using Report = std::function<void(LogLevel, std::string_view)>;

  // `title` begins what is reported about it: "access log".
  std::size_t add_sink(std::unique_ptr<LogSink> sink, std::string title);
  LogRing& add_ring(std::size_t sink, std::size_t capacity);
  void set_report(Report report) { report_ = std::move(report); }

  // A share of work for each sink that takes any. True: more would be taken right now.
  bool turn(TimePoint now);
  // For the end: what was dropped and not yet reported is, however short a time ago the report before was.
  void report_rest();
  // Some ring has lines for a sink that is not known to refuse them. For Bell::sleep.
  bool has_work() const;
  // Nothing left, or only for sinks that fail: no use in waiting for those.
  bool is_finished() const;

  // What may be slept for when there is no work: descriptors to become writable, and a point in time (max: none).
  std::vector<int> blocked_fds() const;
  TimePoint wake_at(TimePoint now) const;

  void reopen();

  std::uint64_t dropped(std::size_t sink) const;
  std::uint64_t unwritten_lines() const;

 private:
  struct Lane {
    std::unique_ptr<LogSink> sink;
    std::string title;
    std::vector<std::unique_ptr<LogRing>> rings;
    std::size_t first_ring = 0;  // moves on each turn, so that no ring is always the one that finds no room
    int said_failure = 0;        // the errno that was reported, or 0: it writes
    std::uint64_t said_dropped = 0;
    TimePoint say_dropped_at{};  // not again before
  };

  bool turn_lane(Lane& lane, TimePoint now);
  void report_on(Lane& lane, TimePoint now);
  void report_dropped(Lane& lane);
  static std::uint64_t dropped(const Lane& lane);

  std::vector<Lane> lanes_;
  Report report_;
};

}  // namespace rota
