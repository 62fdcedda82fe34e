#include "metrics/counter.h"

#include <gtest/gtest.h>

#include <thread>

#include "metrics/per_worker.h"

namespace rota {
namespace {

TEST(Counter, AddsUp) {
  Counter counter;
  EXPECT_EQ(counter.value(), 0U);
  counter.add();
  counter.add(41);
  EXPECT_EQ(counter.value(), 42U);
}

TEST(Counter, IsReadByOthersWhileItsWriterCounts) {
  constexpr std::uint64_t kAll = 100'000;
  Counter counter;
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < kAll; ++i) counter.add();
  });
  std::uint64_t seen = 0;
  while (seen < kAll) {
    const std::uint64_t now = counter.value();
    ASSERT_GE(now, seen) << "it went backwards";
    seen = now;
  }
  writer.join();
  EXPECT_EQ(counter.value(), kAll);
}

TEST(Gauge, GoesUpAndDownAndBelowZero) {
  Gauge gauge;
  gauge.add(2);
  gauge.add(-5);
  EXPECT_EQ(gauge.value(), -3);
  gauge.set(7);
  EXPECT_EQ(gauge.value(), 7);
}

TEST(PerWorker, MakesACellWhenItsWorkerAsksAndReadersSeeThoseThatAreThere) {
  PerWorker<Counter> cells(3);
  const auto sum = [&] {
    std::pair<std::size_t, std::uint64_t> seen{0, 0};
    cells.for_each([&](const Counter& cell) {
      ++seen.first;
      seen.second += cell.value();
    });
    return seen;
  };
  EXPECT_EQ(sum(), (std::pair<std::size_t, std::uint64_t>{0, 0}));
  cells.of(2).add(5);
  cells.of(0).add(1);
  EXPECT_EQ(&cells.of(2), &cells.of(2));
  EXPECT_EQ(sum(), (std::pair<std::size_t, std::uint64_t>{2, 6}));
}

}  // namespace
}  // namespace rota
