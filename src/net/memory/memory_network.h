// A network in memory, for tests: streams, listeners and dials on one reactor and a manual clock, with every I/O operation of the program under test
// counted, and one of them made to fail. When nothing else can happen, time goes on to the next deadline; so no test waits, and what hangs is seen.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/manual_clock.h"
#include "net/dialer.h"
#include "net/listener.h"
#include "runtime/poller.h"
#include "runtime/reactor.h"

namespace rota {

class MemoryStream;

// What happens to the operation that fails.
enum class Fault : std::uint8_t {
  reset,    // its connection is gone, both ways
  end,      // a read finds the end; a write is reset
  trickle,  // one byte goes through, nothing fails
};

class MemoryNetwork final : public Poller {
 public:
  static constexpr Peer kSomebody{.family = Peer::Family::ipv4, .bytes = {192, 0, 2, 1}};

  explicit MemoryNetwork(ManualClock& clock) : clock_(clock) {}

  // Once, before anything else.
  void run_on(Reactor& reactor) { reactor_ = &reactor; }
  Reactor& reactor() { return *reactor_; }

  // Bytes that may be under way each way of the connections made from here on.
  void set_capacity(std::size_t bytes) { capacity_ = bytes; }

  // Both ends of a new connection: the first counts its operations and may fail, the second is the test's own. Each sees `peer` at the other.
  struct Pair {
    std::unique_ptr<Stream> tested;
    std::unique_ptr<Stream> own;
  };
  Pair connect(const Peer& peer = kSomebody);

  // The `number`-th operation (from 1) fails so. 0: none does.
  void fail_operation(std::uint64_t number, Fault fault) {
    fail_at_ = number;
    fault_ = fault;
  }
  std::uint64_t operations() const { return operations_; }

  // Turns until nothing more can ever happen by itself: no event, no deadline.
  void run_until_idle();
  // Turns until nothing more happens by itself at this time. False: `most` turns were not enough.
  bool run_now(int most);
  // One turn, for which time goes on to the next deadline where nothing else is due. False: nothing is, ever.
  bool pass_time();

  // Poller. Nothing here has a descriptor.
  Result<void> add(int, SlotId) override { return fail(ErrorCode::io); }
  void poll(Deadline until, TimePoint now, std::vector<ReadinessEvent>& events) override;
  void wake() override { woken_ = true; }

 private:
  friend class MemoryStream;
  friend class MemoryListener;
  friend class MemoryDialer;
  // Counts one operation; true: it is the one that fails.
  bool fails_now() { return ++operations_ == fail_at_; }
  void report(SlotId slot, std::uint8_t readiness) { events_.push_back({slot, readiness}); }

  ManualClock& clock_;
  std::size_t capacity_ = 64 * 1024;
  Reactor* reactor_ = nullptr;
  std::vector<ReadinessEvent> events_;
  std::uint64_t operations_ = 0;
  std::uint64_t fail_at_ = 0;
  Fault fault_ = Fault::reset;
  bool woken_ = false;
  bool idle_ = false;
  bool stands_still_ = false;  // time does
};

// Connections are queued by arrive().
class MemoryListener final : public Listener, private Pollable {
 public:
  explicit MemoryListener(MemoryNetwork& network);
  ~MemoryListener() override;
  // The client's end of a new connection to whoever accepts here.
  std::unique_ptr<Stream> arrive(const Peer& peer = MemoryNetwork::kSomebody);
  Task<Result<std::unique_ptr<Stream>>> accept(Stop& stop) override;

 private:
  class Arrival;
  bool enlist_now() override { return true; }
  MemoryNetwork& network_;
  SlotId slot_;
  std::deque<std::unique_ptr<Stream>> queue_;
};

// Dials what was announced; anything else is a bug of the test or of the program, and ends the process.
class MemoryDialer final : public Dialer {
 public:
  // Called with the instance's end of each new connection. An empty function: refused.
  using Answer = std::function<void(std::unique_ptr<Stream>)>;

  explicit MemoryDialer(MemoryNetwork& network) : network_(network) {}
  void announce(const Address& address, Answer answer) { answers_[address.text()] = std::move(answer); }
  // Nobody says anything to who dials it: a dial ends with its deadline.
  void announce_silent(const Address& address) { answers_[address.text()] = std::nullopt; }
  Task<Result<std::unique_ptr<Stream>>> dial(const Address& address, Deadline deadline, Stop* stop) override;

 private:
  class Silence;
  MemoryNetwork& network_;
  std::map<std::string, std::optional<Answer>> answers_;
};

}  // namespace rota
