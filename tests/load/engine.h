// Sends the plan and reads the answers: one thread, one epoll. A request is given at its time to the connection that became idle last, to a new one,
// or, where there are as many as may be, to the first that is free; nothing is ever sent a second time.
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "address.h"
#include "expected.h"
#include "outcome.h"
#include "response.h"

namespace load {

// Invariants: (1) `n` is a request that is out exactly while `busy`, else the last one that was answered here; (2) an idle connection stands in
// the engine's idle_ and has nothing to send; (3) with fd -1 it is free to be another one.
struct Connection {
  int fd = -1;
  std::uint32_t index = 0;
  std::uint64_t n = 0;
  bool busy = false;
  bool connecting = false;
  bool kept = false;    // has answered before
  bool broken = false;  // nothing more can be sent; an answer may be there all the same
  std::string out;
  std::size_t sent = 0;
  Response response;
  Expected expected;
};

class Engine {
 public:
  Engine(const Address& address, Outcome& outcome);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // The whole run; returns when no request is out any more. Once `stop` is set, by a signal that gets through only where `signals` lets it, nothing new is
  // due.
  void run(const sigset_t& signals, const volatile std::sig_atomic_t& stop);

 private:
  Time now() const { return std::chrono::steady_clock::now() - start_; }
  void queue_due();
  void expire();
  void give();
  void wait(const sigset_t& signals);

  Connection* idle();
  Connection& fresh();
  void begin(Connection& connection, std::uint64_t n);
  void happened(Connection& connection, std::uint32_t events);
  void write(Connection& connection);
  void read(Connection& connection);
  void understand(Connection& connection, std::string_view input);
  void answered(Connection& connection);
  void ended(Connection& connection, int error);
  void fail(Connection& connection, const std::string& kind, std::string detail);
  void drop(Connection& connection);

  const Address& address_;
  Outcome& outcome_;
  const std::chrono::steady_clock::time_point start_;
  int epoll_;
  std::uint64_t next_ = 0;           // the first that is not due yet
  std::uint64_t oldest_ = 0;         // all before it have ended
  std::deque<std::uint64_t> queue_;  // due, and not given to a connection; each leaves by its timeout, so that it is bounded
  std::vector<std::unique_ptr<Connection>> all_;
  std::vector<Connection*> idle_, free_;
  std::uint64_t open_ = 0;
  std::array<char, 64 * 1024> scratch_;
};

}  // namespace load
