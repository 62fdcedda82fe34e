#include "control/totals.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

using namespace std::chrono_literals;

TEST(InstanceTotals, AreTheSumOverAllWorkers) {
  InstanceState state(std::make_shared<Slots>(), 3);
  EXPECT_EQ(totals_of(state).attempts(), 0u);
  for (const std::size_t worker : {0u, 2u}) {
    InstanceCells& own = state.cells.of(worker);
    own.in_flight.add(2);
    own.waiting.add(1);
    own.waiting_since.add(100);
    own.broken.add();
    own.answers.add(200);
    own.answers.add(503);
    own.latency.record(3ms);
  }
  const InstanceTotals totals = totals_of(state);
  EXPECT_EQ(totals.in_flight, 4);
  EXPECT_EQ(totals.waiting, 2);
  EXPECT_EQ(totals.waiting_since, 200);
  EXPECT_EQ(totals.broken, 2u);
  EXPECT_EQ(totals.attempts(), 6u);
  EXPECT_EQ(totals.failures(), 4u);
  EXPECT_EQ(totals.latency.count(), 2u);
  EXPECT_EQ(totals.latency.sum(), 6ms);
}

TEST(InstanceTotals, TheOldestIsTheOldestOfAnyWorkerThatHasOne) {
  InstanceState state(std::make_shared<Slots>(), 3);
  state.cells.of(0).oldest.set(0);
  EXPECT_EQ(totals_of(state).oldest, 0);
  state.cells.of(1).oldest.set(700);
  EXPECT_EQ(totals_of(state).oldest, 700);
  state.cells.of(2).oldest.set(300);
  EXPECT_EQ(totals_of(state).oldest, 300);
}

// What the client or the request did wrong says nothing about the instance, and 501 and 505 are about the request.
TEST(InstanceTotals, OnlyAFewStatusesAreFailures) {
  for (const std::uint16_t status : StatusCounts::kStatuses) {
    InstanceState state(std::make_shared<Slots>(), 1);
    state.cells.of(0).answers.add(status);
    const bool is_failure = status == 500 || status == 502 || status == 503 || status == 504;
    EXPECT_EQ(totals_of(state).failures(), is_failure ? 1u : 0u) << status;
    EXPECT_EQ(totals_of(state).attempts(), 1u) << status;
  }
}

TEST(ServiceTotals, AreTheSumOverAllWorkers) {
  ServiceState state(2);
  for (const std::size_t worker : {0u, 1u}) {
    ServiceCells& cells = state.cells.of(worker);
    cells.in_flight.add(1);
    cells.requests[static_cast<std::size_t>(http::Method::get)].add(200);
    cells.requests[static_cast<std::size_t>(http::Method::post)].add(502);
    cells.errors[static_cast<std::size_t>(ErrorCode::no_instance)].add();
    cells.retries[static_cast<std::size_t>(RetryOn::reset)].add();
    cells.duration.record(5ms);
  }
  const ServiceTotals totals = totals_of(state);
  EXPECT_EQ(totals.in_flight, 2);
  EXPECT_EQ(totals.count(), 4u);
  EXPECT_EQ(totals.errors_5xx(), 2u);
  EXPECT_EQ(totals.errors[static_cast<std::size_t>(ErrorCode::no_instance)], 2u);
  EXPECT_EQ(totals.retries[static_cast<std::size_t>(RetryOn::reset)], 2u);
  EXPECT_EQ(totals.duration.count(), 2u);
}

}  // namespace
}  // namespace rota
