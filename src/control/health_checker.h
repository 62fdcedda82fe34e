// Asks every instance again and again whether it is well, and says what came of it; it decides nothing. There is one in the process, owned by app/ and handed
// in by constructor, whatever the number of workers and reloads. It lives on the control thread's Reactor.
// Invariants: (1) at most `most_at_once` probes run at a time, and at most kMostOverlapping of one instance; (2) an instance stands in line at most once, and
// the line is served in order, so none starves; (3) what was forgotten is never reported; (4) a running probe holds what it needs of its instance, so
// forgetting leaves nothing behind.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/rng.h"
#include "control/health_probe.h"
#include "runtime/task_group.h"

namespace rota {

class HealthChecker {
 public:
  static constexpr std::size_t kMostAtOnce = 256;
  static constexpr Duration kFastInterval = std::chrono::milliseconds{250};
  static constexpr Duration kJustNow = std::chrono::milliseconds{100};
  static constexpr std::size_t kMostOverlapping = 5;  // a second of the fast rhythm, and one that was asked for

  // From the reactor's turn, never from within a call of this class. May call everything here. Overlapping probes in the order in which they end.
  using Report = std::move_only_function<void(const std::string& key, const ProbeResult&)>;

  // Both outlive it. `seed`: of the jitter.
  HealthChecker(Reactor& reactor, Dialer& dialer, std::uint64_t seed, std::size_t most_at_once = kMostAtOnce);
  HealthChecker(const HealthChecker&) = delete;
  HealthChecker& operator=(const HealthChecker&) = delete;
  // Behind all_ended().
  ~HealthChecker();

  // Once, before anything is watched.
  void report_to(Report report);

  // Begins with a probe at once; each next one comes `interval` later, less up to a tenth, and not while one is still running. An interval that is off: only
  // probe_now() probes. The same key again goes on as it was if it is probed alike; otherwise it begins anew, as fast as it was.
  void watch(ProbeTarget target);
  // Its running probes are ended, and report nothing any more.
  void forget(const std::string& key);
  // While it is changing: a probe every kFastInterval (or `interval` where that is less), whether or not those before have ended.
  void set_fast(const std::string& key, bool fast);
  // A probe at once, unless one was begun kJustNow or waits in line; the rhythm stays.
  void probe_now(const std::string& key);

  // Forgets everything, and takes up nothing more.
  void end();
  auto all_ended() { return tasks_.all_ended(); }

  std::size_t watched() const { return watched_.size(); }
  std::size_t running() const { return running_; }

 private:
  class Watched;

  Watched* find(const std::string& key);
  void let_go(Watched& watched);
  Duration period_of(const Watched& watched);
  void go_on_at(Watched& watched, TimePoint when);
  void beat(Watched& watched);
  void ask_for_probe(Watched& watched);
  void begin_probe(Watched& watched);
  Task<void> run_probe(std::shared_ptr<Watched> watched);

  Reactor& reactor_;
  Dialer& dialer_;
  Rng rng_;
  const std::size_t most_at_once_;
  Report report_;
  BufferPool buffers_;
  std::unordered_map<std::string, std::shared_ptr<Watched>> watched_;
  std::list<Watched*> line_;
  std::size_t running_ = 0;
  bool ended_ = false;
  TaskGroup tasks_;
};

}  // namespace rota
