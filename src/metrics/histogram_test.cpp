#include "metrics/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

using Scale = HistogramScale;

// As the comment of the scale defines it, one edge after the other.
std::size_t bucket_by_search(Duration duration) {
  std::size_t i = 0;
  while (i < Scale::kEdges && duration > Scale::edge(i)) ++i;
  return i;
}

HistogramSum sum_of(const Histogram& histogram) {
  HistogramSum sum;
  sum.add(histogram);
  return sum;
}

// From a nanosecond to a quarter of an hour, each decade as likely as another.
Duration any_duration(Rng& rng) {
  const double decades = static_cast<double>(rng.below(1'000'000)) / 1e6 * 12;
  return Duration{static_cast<Duration::rep>(std::pow(10.0, decades))};
}

TEST(HistogramScale, HasTenEdgesADecadeFrom100MicrosecondsTo100Seconds) {
  EXPECT_EQ(Scale::edge(0), 100us);
  EXPECT_EQ(Scale::edge(Scale::kEdges - 1), 100s);
  for (std::size_t i = 10; i < Scale::kEdges; ++i) EXPECT_EQ(Scale::edge(i), Scale::edge(i - 10) * 10);
  for (std::size_t i = 1; i < Scale::kEdges; ++i) {
    const double ratio = static_cast<double>(Scale::edge(i).count()) / static_cast<double>(Scale::edge(i - 1).count());
    EXPECT_GE(ratio, 1.25);
    EXPECT_LE(ratio, 1.28);
  }
}

TEST(HistogramScale, PutsEachEdgeIntoItsOwnBucketAndWhatIsAboveItIntoTheNext) {
  for (std::size_t i = 0; i < Scale::kEdges; ++i) {
    EXPECT_EQ(Scale::bucket_of(Scale::edge(i) - 1ns), i == 0 ? 0 : bucket_by_search(Scale::edge(i) - 1ns));
    EXPECT_EQ(Scale::bucket_of(Scale::edge(i)), i);
    EXPECT_EQ(Scale::bucket_of(Scale::edge(i) + 1ns), i + 1);
  }
}

TEST(HistogramScale, TakesEveryDuration) {
  EXPECT_EQ(Scale::bucket_of(Duration::zero()), 0U);
  EXPECT_EQ(Scale::bucket_of(-1ns), 0U);
  EXPECT_EQ(Scale::bucket_of(Duration::min()), 0U);
  EXPECT_EQ(Scale::bucket_of(Duration::max()), Scale::kEdges);
}

// The lookup goes by the highest two bits: wherever these change, it must still say the same as a search.
TEST(HistogramScale, FindsTheSameBucketAsASearch) {
  for (int bit = 0; bit < 63; ++bit) {
    for (const std::int64_t half : {0, 1}) {
      const std::int64_t at = (std::int64_t{1} << bit) + half * (std::int64_t{1} << bit) / 2;
      for (std::int64_t ns = std::max<std::int64_t>(at - 3, 0); ns < at + 3; ++ns) {
        ASSERT_EQ(Scale::bucket_of(Duration{ns}), bucket_by_search(Duration{ns})) << ns;
      }
    }
  }
  Rng rng(1);
  for (int i = 0; i < 200'000; ++i) {
    const Duration duration = any_duration(rng);
    ASSERT_EQ(Scale::bucket_of(duration), bucket_by_search(duration)) << duration.count();
  }
}

TEST(Histogram, CountsInEveryBucketAndSumsExactly) {
  Histogram histogram;
  Duration sum{};
  for (std::size_t i = 0; i < Scale::kEdges; ++i) {
    for (std::size_t times = 0; times <= i; ++times) histogram.record(Scale::edge(i));
    sum += Scale::edge(i) * (i + 1);
  }
  histogram.record(100s + 1ns);
  sum += 100s + 1ns;
  const HistogramSum all = sum_of(histogram);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < Scale::kEdges; ++i) {
    count += i + 1;
    EXPECT_EQ(all.count_up_to(Scale::edge(i)), count);
  }
  EXPECT_EQ(all.count(), count + 1);
  EXPECT_EQ(all.sum(), sum);
}

TEST(Histogram, CountsWhatIsNegativeAsZero) {
  Histogram histogram;
  histogram.record(-5ms);
  EXPECT_EQ(sum_of(histogram).count(), 1U);
  EXPECT_EQ(sum_of(histogram).sum(), Duration::zero());
}

TEST(HistogramSum, OfSeveralIsThatOfTheirRecordsTogether) {
  Rng rng(2);
  std::array<Histogram, 3> each;
  Histogram together;
  for (int i = 0; i < 10'000; ++i) {
    const Duration duration = any_duration(rng);
    each[rng.below(3)].record(duration);
    together.record(duration);
  }
  HistogramSum sum;
  for (const Histogram& histogram : each) sum.add(histogram);
  HistogramSum copy;
  copy.add(sum);
  for (std::size_t i = 0; i < Scale::kEdges; ++i) EXPECT_EQ(copy.count_up_to(Scale::edge(i)), sum_of(together).count_up_to(Scale::edge(i)));
  EXPECT_EQ(copy.count(), 10'000U);
  EXPECT_EQ(copy.sum(), sum_of(together).sum());
}

TEST(HistogramSum, SinceAnEarlierOneIsWhatCameBetween) {
  Histogram histogram;
  histogram.record(1ms);
  histogram.record(2s);
  const HistogramSum earlier = sum_of(histogram);
  EXPECT_EQ(sum_of(histogram).since(earlier).count(), 0U);
  histogram.record(5ms);
  histogram.record(5ms);
  const HistogramSum between = sum_of(histogram).since(earlier);
  EXPECT_EQ(between.count(), 2U);
  EXPECT_EQ(between.sum(), 10ms);
  EXPECT_EQ(between.count_up_to(4ms), 0U);
  EXPECT_EQ(between.count_up_to(5ms), 2U);
}

TEST(HistogramSum, HasQuantilesWithinTheBucketOfTheTrueOnes) {
  Rng rng(3);
  for (const std::size_t size : {1UL, 2UL, 10UL, 101UL, 5000UL}) {
    Histogram histogram;
    std::vector<Duration> sorted;
    for (std::size_t i = 0; i < size; ++i) {
      const Duration duration = std::clamp<Duration>(any_duration(rng), 1us, 100s);
      histogram.record(duration);
      sorted.push_back(duration);
    }
    std::ranges::sort(sorted);
    const HistogramSum sum = sum_of(histogram);
    for (const double share : {0.001, 0.1, 0.5, 0.9, 0.95, 0.99, 1.0}) {
      const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(size)));
      const Duration exact = sorted[std::max<std::size_t>(rank, 1) - 1];
      const std::size_t bucket = Scale::bucket_of(exact);
      const Duration estimate = sum.quantile(share);
      EXPECT_LE(estimate, Scale::edge(bucket)) << size << " " << share;
      EXPECT_GE(estimate, bucket == 0 ? Duration::zero() : Scale::edge(bucket - 1)) << size << " " << share;
    }
  }
}

TEST(HistogramSum, InterpolatesWithinABucket) {
  Histogram histogram;
  for (int i = 0; i < 100; ++i) histogram.record(1100us);  // the bucket from 1 to 1.25 ms
  EXPECT_EQ(sum_of(histogram).quantile(0.5), 1125us);
  EXPECT_EQ(sum_of(histogram).quantile(1), 1250us);
}

TEST(HistogramSum, HasQuantilesOfNothingAndOfWhatIsAboveEveryEdge) {
  EXPECT_EQ(HistogramSum{}.quantile(0.99), Duration::zero());
  EXPECT_EQ(HistogramSum{}.count(), 0U);
  Histogram histogram;
  histogram.record(1h);
  EXPECT_EQ(sum_of(histogram).quantile(0.5), 100s);
  EXPECT_EQ(sum_of(histogram).count_up_to(100s), 0U);
}

TEST(HistogramSum, HasQuantilesThatGrowWithTheShareAndTakesAnyShare) {
  Rng rng(4);
  Histogram histogram;
  for (int i = 0; i < 1000; ++i) histogram.record(any_duration(rng));
  const HistogramSum sum = sum_of(histogram);
  Duration before{};
  for (int percent = -10; percent <= 110; ++percent) {
    const Duration here = sum.quantile(percent / 100.0);
    EXPECT_GE(here, before);
    before = here;
  }
  EXPECT_EQ(sum.quantile(7), sum.quantile(1));
}

TEST(Histogram, HasEveryEdgeThatPrometheusIsTold) {
  EXPECT_EQ(prometheus_edges().front(), 500us);
  EXPECT_EQ(prometheus_edges().back(), 10s);
  for (const Duration edge : prometheus_edges()) EXPECT_EQ(Scale::edge(Scale::bucket_of(edge)), edge);
  EXPECT_TRUE(std::ranges::is_sorted(prometheus_edges()));
}

}  // namespace
}  // namespace rota
