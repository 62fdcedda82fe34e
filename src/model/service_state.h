// What is known of one service while it lives, kept under its name, so that it outlives snapshots and reloads. Shared by every worker and the control thread.
#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "balance/retry_budget.h"
#include "balance/round_robin.h"
#include "base/error.h"
#include "http/request_head.h"
#include "metrics/counter.h"
#include "metrics/histogram.h"
#include "metrics/per_worker.h"
#include "metrics/status_counts.h"
#include "model/settings.h"

namespace rota {

inline constexpr std::size_t kMethods = static_cast<std::size_t>(http::Method::other) + 1;
inline constexpr std::size_t kErrorCodes = static_cast<std::size_t>(ErrorCode::io) + 1;
inline constexpr std::size_t kRetryReasons = static_cast<std::size_t>(RetryOn::status_504) + 1;

// One worker's counts of one service.
struct ServiceCells {
  Gauge in_flight;                              // requests, to the end of their answers
  Gauge queued;                                 // those of them that wait for a place at an instance
  std::array<StatusCounts, kMethods> requests;  // by method and by the status that the client was given
  std::array<Counter, kErrorCodes> errors;      // requests that went wrong, by their Error's code
  std::array<Counter, kRetryReasons> retries;   // by what the attempt before had failed with
  Histogram duration;                           // of a request, from its first bytes to the end of its answer
};

struct ServiceState {
  explicit ServiceState(std::size_t workers) : cells(workers) {}

  std::shared_ptr<Hand> hand = std::make_shared<Hand>();
  alignas(64) RetryBudget retries;
  std::atomic<std::uint64_t> queued = 0;  // requests that wait for a place at an instance
  PerWorker<ServiceCells> cells;
};

}  // namespace rota
