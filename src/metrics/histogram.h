// Durations by size, in buckets so fine that percentiles come out within an eighth, and whose edges include those that Prometheus is told. Histograms of several
// workers add up; percentiles never do.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "metrics/counter.h"

namespace rota {

// Bucket i holds what is above edge(i - 1) and at most edge(i); the last one holds whatever is above every edge. Ten edges a decade, of the preferred
// numbers of ISO 3 (R10, rounded so that 1, 2, 2.5, 5 and 8 are exact), from 100 us to 100 s.
class HistogramScale {
 public:
  static constexpr std::size_t kEdges = 61;
  static constexpr std::size_t kBuckets = kEdges + 1;

  static constexpr Duration edge(std::size_t i) { return Duration{static_cast<Duration::rep>(kLimits[i])}; }

  // What is negative counts as zero.
  static constexpr std::size_t bucket_of(Duration duration) {
    const std::uint64_t ns = duration.count() > 0 ? static_cast<std::uint64_t>(duration.count()) : 0;
    const std::size_t first = kFirst[key_of(ns)];
    // At most two edges lie within what shares a key. Two additions, because a branch would be guessed wrong half of the time.
    return first + static_cast<std::size_t>(ns > kLimits[first]) + static_cast<std::size_t>(ns > kLimits[first + 1]);
  }

 private:
  // The highest bit that is set and the one below it, as one number: the same for all from 2^n to 1.5 * 2^n, and from there to 2^(n + 1).
  static constexpr std::size_t key_of(std::uint64_t ns) {
    const std::uint64_t two_bits = ns | 2;
    const auto below = static_cast<std::size_t>(std::countl_zero(two_bits) ^ 63) - 1;  // a subtraction takes one instruction more
    return 2 * below + (two_bits >> below);
  }
  static constexpr std::size_t kKeys = 128;

  // The edges in nanoseconds, and behind them what nothing exceeds.
  static constexpr std::array<std::uint64_t, kEdges + 2> kLimits = [] {
    constexpr std::array<std::uint64_t, 10> kSteps{1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000};
    std::array<std::uint64_t, kEdges + 2> limits{};
    std::uint64_t decade = 100;  // a thousandth of 100 us
    for (std::size_t i = 0; i < kEdges; ++i) {
      limits[i] = kSteps[i % kSteps.size()] * decade;
      if (i % kSteps.size() == kSteps.size() - 1) decade *= 10;
    }
    limits[kEdges] = limits[kEdges + 1] = UINT64_MAX;
    return limits;
  }();
  // For each key, the bucket of the least that has it.
  static constexpr std::array<std::uint8_t, kKeys> kFirst = [] {
    std::array<std::uint8_t, kKeys> first{};
    for (std::size_t key = 2; key < kKeys; ++key) {
      const std::uint64_t least = std::uint64_t{2 + key % 2} << (key / 2 - 1);
      std::size_t bucket = 0;
      while (least > kLimits[bucket]) ++bucket;
      first[key] = static_cast<std::uint8_t>(bucket);
    }
    return first;  // 0 and 1 have the key 2, as 2 has
  }();
};

// One worker's. Counts are exact; nothing is lost.
class Histogram {
 public:
  void record(Duration duration) {
    counts_[HistogramScale::bucket_of(duration)].add();
    sum_.add(static_cast<std::uint64_t>(duration.count() > 0 ? duration.count() : 0));
  }

  // Of all of them, in ns.
  std::uint64_t sum() const { return sum_.value(); }

 private:
  friend class HistogramSum;
  std::array<Counter, HistogramScale::kBuckets> counts_;
  Counter sum_;  // ns
};

// Several of them together, as of when they were added; plain numbers of whoever holds it.
class HistogramSum {
 public:
  void add(const Histogram& histogram);
  void add(const HistogramSum& other);
  // What came since `earlier`, which was taken of the same histograms.
  HistogramSum since(const HistogramSum& earlier) const;

  std::uint64_t count() const;
  Duration sum() const { return Duration{static_cast<Duration::rep>(sum_)}; }
  // How many were at most `edge`, which is one of the scale's.
  std::uint64_t count_up_to(Duration edge) const;
  // What `share` (0 to 1) of them did not exceed, interpolated within its bucket; zero where there are none.
  Duration quantile(double share) const;

 private:
  std::array<std::uint64_t, HistogramScale::kBuckets> counts_{};
  std::uint64_t sum_ = 0;
};

// What Prometheus is told of: .0005 to 10 s. Each is an edge of the scale.
std::span<const Duration> prometheus_edges();

}  // namespace rota
