#include "admin/figures.h"

#include <gtest/gtest.h>

#include <limits>

namespace rota {
namespace {

using namespace std::chrono_literals;

TEST(Figures, ShowLatenciesByTheirFirstDigits) {
  EXPECT_EQ(latency_figure(0ns), "–");
  EXPECT_EQ(latency_figure(-1ms), "–");
  EXPECT_EQ(latency_figure(1ns), "1 µs");
  EXPECT_EQ(latency_figure(340us), "340 µs");
  EXPECT_EQ(latency_figure(999'499ns), "999 µs");
  EXPECT_EQ(latency_figure(999'500ns), "1.0 ms");
  EXPECT_EQ(latency_figure(9'949us), "9.9 ms");
  EXPECT_EQ(latency_figure(9'950us), "10 ms");
  EXPECT_EQ(latency_figure(143ms), "143 ms");
  EXPECT_EQ(latency_figure(999'500us), "1.0 s");
  EXPECT_EQ(latency_figure(95s), "95 s");
}

TEST(Figures, ShowAgesInTwoUnitsAtMost) {
  EXPECT_EQ(age_figure(-1s), "0 s");
  EXPECT_EQ(age_figure(59'999ms), "59 s");
  EXPECT_EQ(age_figure(60s), "1 min");
  EXPECT_EQ(age_figure(59min + 59s), "59 min");
  EXPECT_EQ(age_figure(4h + 12min + 59s), "4 h 12 min");
  EXPECT_EQ(age_figure(76h + 5min), "3 d 4 h");
}

TEST(Figures, ShowRatesAndCounts) {
  EXPECT_EQ(rate_figure(0), "0");
  EXPECT_EQ(rate_figure(std::numeric_limits<double>::quiet_NaN()), "0");
  EXPECT_EQ(rate_figure(0.01), "<0.1");
  EXPECT_EQ(rate_figure(0.31), "0.3");
  EXPECT_EQ(rate_figure(9.96), "10");
  EXPECT_EQ(rate_figure(1'871.4), "1,871");
  EXPECT_EQ(rate_figure(std::numeric_limits<double>::infinity()), "1,000,000,000,000,000");
  EXPECT_EQ(count_figure(0), "0");
  EXPECT_EQ(count_figure(999), "999");
  EXPECT_EQ(count_figure(1'000), "1,000");
  EXPECT_EQ(count_figure(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(Figures, ShowNoneAndAllOnlyWhereItIsNoneAndAll) {
  EXPECT_EQ(share_figure(0), "0 %");
  EXPECT_EQ(share_figure(1), "100 %");
  EXPECT_EQ(share_figure(1e-9), "<0.1 %");
  EXPECT_EQ(share_figure(1 - 1e-9), "99.99 %");
  EXPECT_EQ(share_figure(0.9996), "99.96 %");
  EXPECT_EQ(share_figure(0.125), "12.5 %");
  EXPECT_EQ(share_figure(0.98), "98.0 %");
  EXPECT_EQ(share_figure(std::numeric_limits<double>::quiet_NaN()), "0 %");
}

TEST(Figures, WriteTimesOfAnyYear) {
  const WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 2 / 28} + 12h + 1min + 2s + 3'999us};
  EXPECT_EQ(rfc3339(noon), "2026-02-28T12:01:02.003Z");
  EXPECT_EQ(time_of_day(noon), "12:01:02");
  EXPECT_EQ(rfc3339(WallTime{-1ms}), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace rota
