// Compares the logs of the instances with what was sent and answered. A line of another run is nobody's business here.
//   an answered POST      stands exactly once over all logs, with its own size and hash
//   a failed POST         at most once
//   an answered GET       at least once (it may have been tried again)
//   nothing else of this run
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "outcome.h"

namespace load {

struct Check {
  bool asked = false;
  std::uint64_t lines = 0;                      // of this run
  std::uint64_t repeated_gets = 0;              // no fault
  std::map<std::string, std::uint64_t> faults;  // sent twice, missing, corrupted, never sent, no log
  std::vector<std::string> listed;              // the first ones
};

Check check_logs(const Outcome& outcome);

}  // namespace load
