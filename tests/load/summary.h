// What a run comes to: figures from every sample, and the verdict.
#pragma once

#include <cstdint>
#include <vector>

#include "check.h"
#include "outcome.h"

namespace load {

// Times in milliseconds, sorted; each of them counts.
class Samples {
 public:
  explicit Samples(std::vector<Time> times);

  // The smallest that `permille` thousandths of all do not exceed; 0 where there are none.
  double at(std::uint64_t permille) const;
  double most() const { return at(1000); }

 private:
  std::vector<Time> sorted_;
};

struct Summary {
  explicit Summary(const Outcome& outcome);

  bool kept_its_rate() const { return sent_in_time * 100 >= due * 95; }

  std::uint64_t due = 0, sent = 0, sent_in_time = 0, answered = 0, failed = 0, unsent = 0, posts = 0;
  double reached = 0;  // requests a second
  Samples latency;     // of what was answered, from when it was due
  Samples late;        // from when a request was due until it was given to a connection
};

// 0 fine, 1 something failed, 2 the load was not what was asked for.
int exit_code(const Outcome& outcome, const Summary& summary, const Check& check);

}  // namespace load
