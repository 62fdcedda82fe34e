// A reactor on the in-memory network, with instances that are scripts and nothing of the proxy: what the tests of rota's own small HTTP client and server and
// of its health checks stand on.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "net/memory/memory_network.h"
#include "runtime/task_group.h"

namespace rota::test {

class NetworkStage {
 public:
  // What an instance does with one connection. It owns the stream.
  using Script = std::function<Task<void>(NetworkStage&, std::unique_ptr<Stream>)>;

  NetworkStage() : network_(clock_), reactor_(clock_, network_), dialer_(network_), own_buffers_(64 * 1024) { network_.run_on(reactor_); }
  ~NetworkStage() { EXPECT_EQ(actors_.running(), 0u) << "an instance was left waiting on an open connection"; }

  // The `i`-th instance's; it is announced by what it plays.
  static Address address(std::size_t i = 0);
  // nullptr: it refuses.
  void play(const Address& at, Script script);
  void play_silence(const Address& at) { dialer_.announce_silent(at); }

  // Everything that happens while time goes on by `duration`.
  void run_for(Duration duration);
  // Everything that happens without time going on.
  void run_now() { ASSERT_TRUE(network_.run_now(100'000)); }

  MemoryNetwork& network() { return network_; }
  Reactor& reactor() { return reactor_; }
  ManualClock& clock() { return clock_; }
  MemoryDialer& dialer() { return dialer_; }
  BufferPool& own_buffers() { return own_buffers_; }
  TaskGroup& actors() { return actors_; }

 private:
  ManualClock clock_;
  MemoryNetwork network_;
  Reactor reactor_;
  MemoryDialer dialer_;
  BufferPool own_buffers_;
  TaskGroup actors_;
};

// More into `text`; false: the stream has ended.
Task<bool> read_some(NetworkStage& stage, Stream& stream, std::string& text);
// Reads on until `text` holds `mark`, and takes everything through it out of `text`: that; empty: the stream ended first.
Task<std::string> read_through(NetworkStage& stage, Stream& stream, std::string& text, std::string_view mark);
Task<bool> write_all(Stream& stream, std::string text);

// Answers every request head with `response`, and closes behind it where `close` says so.
NetworkStage::Script answer_heads(std::string response, bool close = false);
// Reads for ever and says nothing.
NetworkStage::Script listen_only();

}  // namespace rota::test
