// Connections to instances, kept open between requests: one worker's, by instance.
#pragma once

#include <memory>
#include <vector>

#include "model/instance.h"
#include "net/dialer.h"
#include "runtime/alarm.h"

namespace rota {

class InstancePool;

// One connection to an instance. While it is idle it watches for its peer: an end, or bytes that nobody asked for, and it is closed before anybody
// could be handed it.
class UpstreamConnection final : private Watcher, private Alarm {
 public:
  UpstreamConnection(InstancePool& pool, std::unique_ptr<Stream> stream) : pool_(pool), stream_(std::move(stream)) {}

  Stream& stream() { return *stream_; }
  InstancePool& pool() { return pool_; }
  // It has served a request before: that it ends now says little about its instance.
  bool is_reused() const { return reused_; }

  // The wait for the first bytes of an answer ends with timed_out at `deadline`, unless they are there before. Cheaper than a deadline of the wait's own.
  void limit_answer(Deadline deadline) { set(stream_->reactor().timers(), deadline); }
  void answer_is_there() { clear(); }

 private:
  friend class InstancePool;
  void noticed(std::uint8_t readiness) override;
  void went_off() override { stream_->end_reading({.code = ErrorCode::timed_out}); }

  InstancePool& pool_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<UpstreamConnection> older_;  // while idle
  UpstreamConnection* newer_ = nullptr;        // while idle
  TimePoint expires_{};                        // while idle
  bool reused_ = false;
};

// Idle connections of ONE instance on ONE worker, newest first: the warmest is the least likely to be closed by its peer just now.
// Invariants: (1) size_ <= kMost; (2) every idle connection is watched.
class InstancePool final : private Timer {
 public:
  static constexpr std::size_t kMost = 256;

  explicit InstancePool(Reactor& reactor) : reactor_(reactor) {}

  // The newest whose time is not over; null: none.
  std::unique_ptr<UpstreamConnection> take();
  // Takes a connection of this pool and keeps it for the next request, for at most `keep`. One that says it is readable or ending is left to the caller, to be
  // closed.
  void put_back(std::unique_ptr<UpstreamConnection>&& connection, Duration keep);
  void clear();
  std::size_t size() const { return size_; }

 private:
  friend class UpstreamConnection;
  void expired() override;
  void wake_for(TimePoint expiry);
  std::unique_ptr<UpstreamConnection> unlink(UpstreamConnection& connection);

  Reactor& reactor_;
  std::unique_ptr<UpstreamConnection> newest_;
  UpstreamConnection* oldest_ = nullptr;
  std::size_t size_ = 0;
  TimePoint due_{};  // of the timer, while it is set
};

// All instances' pools of one worker, by slot.
class UpstreamPools {
 public:
  UpstreamPools(Reactor& reactor, Dialer& dialer) : reactor_(reactor), dialer_(dialer) {}

  InstancePool& of(const Instance& instance);
  // A new connection. Errors: connect_refused, connect_timeout, connect_failed, out_of_fds, or what `stop` was requested with.
  Task<Result<std::unique_ptr<UpstreamConnection>>> dial(const Instance& instance, Deadline deadline, Stop& stop);
  void clear();

 private:
  Reactor& reactor_;
  Dialer& dialer_;
  std::vector<std::unique_ptr<InstancePool>> by_slot_;
};

}  // namespace rota
