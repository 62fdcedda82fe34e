// What rota owes its clients, computed from what the instances were like at which time, and from nothing of rota's own: which requests could have been saved, and
// what may have been done to each of them.
#pragma once

#include <string>
#include <vector>

#include "tests/component/failing_instance.h"

namespace rota::test {

enum class Verb : std::uint8_t {
  get,
  put,
  late_put,  // its body comes behind its head
  post,
};

// A request, and what its client got for it.
struct Asked {
  std::string id;
  Verb verb = Verb::get;
  TimePoint begun{};
  TimePoint ended{};
  std::uint16_t status = 0;  // 0: the connection ended without a whole answer
  std::string answer = {};   // its body
};

// What the fleet was told that matters to the model.
struct Promise {
  Duration back;           // one that is well for so long is surely in service
  Duration response;       // timeouts.response
  std::uint64_t attempts;  // retry.attempts
};

class FleetModel {
 public:
  FleetModel(const std::vector<std::unique_ptr<FailingInstance>>& instances, Promise promise) : instances_(instances), promise_(promise) {}

  // It may be sent twice, somebody was well and in service from its beginning to its end, and no more of the others answered 503, or had the time to time out, than
  // it has attempts to spare.
  bool could_be_saved(const Asked& asked) const;
  // What is wrong with how it went, in words; empty: nothing.
  std::string complaint(const Asked& asked) const;

 private:
  // Whether it was like this at some time from `from` to `to`, both included.
  static bool was(const FailingInstance& instance, Trouble trouble, TimePoint from, TimePoint to);
  bool was_well(const FailingInstance& instance, const Asked& asked) const;
  bool may_have_cost_an_attempt(const FailingInstance& instance, const Asked& asked) const;

  const std::vector<std::unique_ptr<FailingInstance>>& instances_;
  const Promise promise_;
};

}  // namespace rota::test
