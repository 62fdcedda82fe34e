// Connections to instances, one worker's, by instance: those kept open between requests, and those on which an answer is waited for.
#pragma once

#include <memory>
#include <vector>

#include "model/instance.h"
#include "net/dialer.h"
#include "runtime/alarm.h"

namespace rota {

class InstancePool;
class UpstreamPools;

// One connection to an instance. While it is idle it watches for its peer: an end, or bytes that nobody asked for, and it is closed before anybody
// could be handed it. While an answer is waited for, it stands in its pool's line of those, so that their age is known and they can be moved elsewhere.
class UpstreamConnection final : private Watcher, private Alarm {
 public:
  UpstreamConnection(InstancePool& pool, std::unique_ptr<Stream> stream);
  ~UpstreamConnection() {
    if (is_waiting_) no_answer();
  }

  Stream& stream() { return *stream_; }
  InstancePool& pool() { return pool_; }
  // It has served a request before: that it ends now says little about its instance.
  bool is_reused() const { return reused_; }

  // The request is out: the wait for the first bytes of its answer begins, and ends with timed_out at `deadline`; cheaper than a deadline of the
  // wait's own. Where it is `movable`, it ends with instance_lost when the instance is given up. Where it is `uploading`, the request is not all out
  // yet, and the time until request_is_out() is its client's: it does not count as the instance's. Until answer_is_there() or no_answer().
  void wait_for_answer(TimePoint now, Deadline deadline, bool movable, bool uploading = false);
  // The rest of the body has followed, or no more of it is taken. Nothing where the answer is there already.
  void request_is_out(TimePoint now, bool movable);
  void answer_is_there(TimePoint now);
  void no_answer();

 private:
  friend class InstancePool;
  void join_waiting(TimePoint now);
  void leave_waiting();
  void noticed(std::uint8_t readiness) override;
  void went_off() override { stream_->end_reading({.code = ErrorCode::timed_out}); }

  InstancePool& pool_;
  std::unique_ptr<Stream> stream_;
  const std::uint64_t serial_;             // of the instance that it was made to
  UpstreamConnection* earlier_ = nullptr;  // while an answer is waited for
  UpstreamConnection* later_ = nullptr;    // while an answer is waited for
  TimePoint asked_{};                      // while an answer is waited for
  bool is_waiting_ = false;
  bool movable_ = false;                 // while an answer is waited for
  bool uploading_ = false;               // while an answer is waited for
  UpstreamConnection* older_ = nullptr;  // while idle, when its pool owns it
  UpstreamConnection* newer_ = nullptr;  // while idle
  TimePoint expires_{};                  // while idle
  bool reused_ = false;
};

// What ONE worker has open to ONE instance, and its counts of it. The idle ones newest first: the warmest is the least likely to be closed by its peer just
// now. Those that wait for an answer in the order in which they were asked.
// Invariants: (1) size_ <= kMost; (2) every idle connection is watched, and was made to the present owner; (3) where nobody waits, cells() say so.
class InstancePool final : private Timer {
 public:
  static constexpr std::size_t kMost = 256;

  InstancePool(Reactor& reactor, UpstreamPools& pools) : reactor_(reactor), pools_(pools) {}
  ~InstancePool() { clear(); }

  // The newest whose time is not over; null: none.
  std::unique_ptr<UpstreamConnection> take();
  // Takes a connection of this pool and keeps it for the next request, for at most `keep`. One that says it is readable or ending is left to the caller, to be
  // closed.
  void put_back(std::unique_ptr<UpstreamConnection>&& connection, Duration keep);
  void clear();
  std::size_t size() const { return size_; }
  // Valid as long as its instance's state.
  InstanceCells& cells() { return *cells_; }

 private:
  friend class UpstreamConnection;
  friend class UpstreamPools;
  void expired() override;
  void wake_for(TimePoint expiry);
  std::unique_ptr<UpstreamConnection> unlink(UpstreamConnection& connection);
  // A slot is given again when its instance is gone for good.
  void belong_to(InstanceState& state, std::size_t worker);
  void give_up();
  // Tells cells() who waits, and since when. While the instance's state is there.
  void tell_waiting();

  Reactor& reactor_;
  UpstreamPools& pools_;
  std::uint64_t serial_ = 0;  // of the instance that the slot belongs to
  InstanceCells* cells_ = nullptr;
  UpstreamConnection* first_waiting_ = nullptr;
  UpstreamConnection* last_waiting_ = nullptr;
  bool has_told_ = false;                 // cells() say that somebody waits
  UpstreamConnection* newest_ = nullptr;  // owned, and so is each that is older
  UpstreamConnection* oldest_ = nullptr;
  std::size_t size_ = 0;
  TimePoint due_{};  // of the timer, while it is set
};

// All instances' pools of one worker, by slot.
class UpstreamPools final : private Timer {
 public:
  // How often who waits is told, while anybody does.
  static constexpr Duration kTell = std::chrono::milliseconds{100};

  // `worker`: its number.
  UpstreamPools(Reactor& reactor, Dialer& dialer, std::size_t worker) : reactor_(reactor), dialer_(dialer), worker_(worker) {}

  InstancePool& of(const Instance& instance) { return of(*instance.state); }
  // The instance has died or gone: what is idle closes, and what waits for it and is movable ends.
  void give_up(InstanceState& state);
  // A new connection. Errors: connect_refused, connect_timeout, connect_failed, out_of_fds, or what `stop` was requested with.
  Task<Result<std::unique_ptr<UpstreamConnection>>> dial(const Instance& instance, Deadline deadline, Stop& stop);
  void clear();
  // Somebody waits for an answer, or has.
  void keep_telling() {
    if (!is_set()) [[unlikely]]
      reactor_.timers().set(*this, reactor_.now() + kTell);
  }

 private:
  InstancePool& of(InstanceState& state) {
    const std::uint32_t slot = state.slot();
    if (slot < by_slot_.size() && by_slot_[slot] && by_slot_[slot]->serial_ == state.serial()) [[likely]]
      return *by_slot_[slot];
    return make(state);
  }
  InstancePool& make(InstanceState& state);
  void expired() override;

  Reactor& reactor_;
  Dialer& dialer_;
  const std::size_t worker_;
  std::vector<std::unique_ptr<InstancePool>> by_slot_;
};

}  // namespace rota
