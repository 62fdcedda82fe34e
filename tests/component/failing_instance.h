// An instance on the in-memory network that is killed, hangs, answers errors, gets slow and recovers as it is told, and writes down what it has done. It shares
// nothing with rota but the wire.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "net/memory/memory_network.h"
#include "runtime/task_group.h"

namespace rota::test {

enum class Trouble : std::uint8_t {
  none,
  killed,       // nobody listens; what was open is reset
  hanging,      // it takes everything, and does nothing until that is over
  answers_500,  // its probes pass all the same, here and below
  answers_503,
  slow,
};
const char* name_of(Trouble trouble);

class FailingInstance {
 public:
  static constexpr Duration kMostWork = std::chrono::milliseconds{8};  // of a request, when it is well
  static constexpr Duration kSlow = std::chrono::milliseconds{400};    // what it takes then, probes too

  // What it did with one request.
  struct Deed {
    std::string id;
    bool is_post;
    std::uint16_t status;
    bool is_complete = false;  // the answer is out
    std::size_t life;          // how often it had been killed before
  };
  struct Change {
    TimePoint at;
    Trouble trouble;
  };

  // All of these outlive it.
  FailingInstance(MemoryNetwork& network, MemoryDialer& dialer, TaskGroup& actors, BufferPool& buffers, Address address,
                  std::uint64_t seed);

  const Address& address() const { return address_; }
  // From now on it is like this.
  void become(Trouble trouble);
  const std::vector<Change>& changes() const { return changes_; }
  const std::vector<Deed>& deeds() const { return deeds_; }
  std::uint64_t probes() const { return probes_; }
  // All of it but that the connections that are still open end.
  void close_all();

 private:
  struct Line {
    std::unique_ptr<Stream> stream;
    Stop stop;
    bool is_read = false;  // its actor waits for more of it
  };

  Trouble trouble() const { return changes_.back().trouble; }
  void accept(std::unique_ptr<Stream> stream);
  void end_all();
  Task<void> serve(std::shared_ptr<Line> line);
  Task<void> answer(Line& line, const std::string& head);
  Task<void> work();
  Duration time_for_work();

  MemoryNetwork& network_;
  MemoryDialer& dialer_;
  TaskGroup& actors_;
  BufferPool& buffers_;
  const Address address_;
  Rng rng_;
  std::vector<Change> changes_;
  std::vector<Deed> deeds_;
  std::list<std::weak_ptr<Line>> lines_;
  std::size_t lives_ = 0;
  std::uint64_t probes_ = 0;
};

}  // namespace rota::test
