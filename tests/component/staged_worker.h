// A whole worker on the in-memory network, in front of one service of so many instances. What the tests of whole requests stand on, and the fuzzer of the
// whole proxy. It has neither clients nor instances of its own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/roster.h"
#include "net/memory/memory_network.h"
#include "proxy/access_log.h"
#include "proxy/worker.h"

namespace rota::test {

// Everything in it is in service; for one worker, all of whose snapshots use the same slots.
std::shared_ptr<const Snapshot> snapshot_of(const Roster& roster, const std::shared_ptr<Slots>& slots);
// Without any service.
std::shared_ptr<const Snapshot> empty_snapshot();

struct StagedWorker {
  // `access_log` outlives it; null: there is none.
  StagedWorker(std::size_t instances, const Limits& limits, const Timeouts& timeouts, const AccessLog::Settings* access_log = nullptr);
  StagedWorker(const StagedWorker&) = delete;
  StagedWorker& operator=(const StagedWorker&) = delete;

  // What is left where nothing may be any more, in words; empty: nothing.
  std::string left_behind() const;

  ManualClock clock;
  MemoryNetwork network;
  Reactor reactor;
  MemoryDialer dialer;
  Limits limits;
  ConnectionCount connections;
  std::optional<AccessLog> access_log;
  std::vector<Address> addresses;  // of the instances; each refuses, until it is announced otherwise
  std::unique_ptr<Worker> worker;
  MemoryListener* listener = nullptr;  // the worker's own
};

}  // namespace rota::test
