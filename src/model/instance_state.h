// What is known of one instance while it lives: shared by every worker and the control thread, and kept under its identity, so that it outlives snapshots and
// reloads. Each worker counts in cells of its own; only what must be exact at once is shared.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "balance/breaker.h"
#include "metrics/counter.h"
#include "metrics/histogram.h"
#include "metrics/per_worker.h"
#include "metrics/status_counts.h"

namespace rota {

// One worker's counts of one instance. Everything that has ended is in `answers` or in `broken`, or said nothing about the instance.
struct InstanceCells {
  Gauge in_flight;  // attempts under way, to the end of their bodies
  Gauge waiting;    // those of them whose answer has not begun
  Gauge
      waiting_since;  // the sum of when they were sent, in ns of the monotonic clock: `waiting` times now, less this, is their age together
  Gauge oldest;       // when the first of them was sent; 0: there is none
  StatusCounts answers;  // final ones, by their status
  Counter broken;        // attempts that failed without one
  Histogram latency;     // to the response head
};

// Where workers keep what they have of an instance: dense, and free again when the last state that holds it is gone.
class Slots {
 public:
  struct Place {
    std::uint32_t slot;
    std::uint64_t serial;  // never given twice, even where the slot is
  };
  Place take();
  void give_back(std::uint32_t slot);

 private:
  std::mutex mutex_;  // held for moments, where instances come and go
  std::vector<std::uint32_t> free_;
  std::uint32_t next_ = 0;
  std::uint64_t serial_ = 0;
};

class InstanceState {
 public:
  // `slots` is everybody's own.
  InstanceState(std::shared_ptr<Slots> slots, std::size_t workers);
  InstanceState(const InstanceState&) = delete;
  InstanceState& operator=(const InstanceState&) = delete;
  ~InstanceState();

  std::uint32_t slot() const { return place_.slot; }
  std::uint64_t serial() const { return place_.serial; }

  alignas(64) Breaker breaker;
  // Attempts in flight on all workers, where max_requests holds.
  alignas(64) std::atomic<std::uint64_t> held = 0;
  // InstanceNews is on its way to the control thread.
  std::atomic<bool> reported = false;
  PerWorker<InstanceCells> cells;

 private:
  const std::shared_ptr<Slots> slots_;
  const Slots::Place place_;
};

}  // namespace rota
