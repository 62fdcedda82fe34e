// How the log's thread sleeps and is woken. Ringing costs its producers one load while the thread is awake anyway, and a system call only when
// it sleeps. No ring is lost.
#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.h"

namespace rota {

// One thread sleeps, any thread rings.
//
// Why no wakeup is lost: a producer first publishes its line, then loads state_; the sleeper first stores `asleep`, then looks for lines. All
// four are sequentially consistent, so they have one order: either the sleeper's look comes after the line and finds it, or the producer's load
// comes after the store and sees `asleep`. Whoever turns the state back to `awake` in that case, producer or sleeper, the sleeper looks for
// lines again after it; and where it was a producer, the eventfd ends the sleeper's poll even if that has yet to begin.
class Bell {
 public:
  Bell();
  ~Bell();
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  bool is_open() const { return fd_ >= 0; }

  // After a line was published. `urgent`: also ends a rest.
  void ring(bool urgent) {
    const State state = state_.load(std::memory_order_seq_cst);
    if (state == State::awake || (state == State::resting && !urgent)) return;
    if (state_.exchange(State::awake, std::memory_order_seq_cst) != State::awake) ring_always();
  }
  // Wakes also one that is awake: its next sleep or rest ends at once.
  void ring_always();

  // Sleeps until rung, until one of `fds` has what it waits for, or until `until`; not at all where `has_work` is true once ringing reaches us.
  void sleep(const std::vector<int>& writable, TimePoint until, const std::function<bool()>& has_work);
  // Deaf to what is not urgent, or (`deaf`) to all but ring_always().
  void rest(Duration duration, bool deaf);

  // How often a sleep or rest was ended, since the beginning. Any thread.
  std::uint64_t wakeups() const { return wakeups_.load(std::memory_order_relaxed); }
  bool is_asleep() const { return state_.load(std::memory_order_seq_cst) == State::asleep; }

 private:
  enum class State : std::uint8_t { awake, resting, asleep };

  void wait(const timespec* limit);

  int fd_;
  std::vector<pollfd> polled_;
  std::atomic<std::uint64_t> wakeups_ = 0;
  alignas(64) std::atomic<State> state_ = State::awake;  // read by every producer, written a hundred times a second at most
};

}  // namespace rota
