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

  static constexpr Duration edge(std::size_t i) { return Duration{static_cast<Duration::rep>(kNanoseconds[i])}; }

  static std::size_t bucket_of(Duration duration) {
    const std::uint64_t ns = duration.count() > 0 ? static_cast<std::uint64_t>(duration.count()) : 0;
    if (ns > kNanoseconds.back()) return kEdges;
    // Edges are at least 1.25 apart, so at most three lie within what shares its highest two bits.
    std::size_t i = kFirst[Key{ns}.index()];
    while (ns > kNanoseconds[i]) ++i;
    return i;
  }

 private:
  // The highest bit and the one below it.
  struct Key {
    std::uint64_t ns;
    constexpr std::size_t index() const {
      const auto high = static_cast<std::size_t>(std::bit_width(ns | 1)) - 1;
      return (high << 1) | (high == 0 ? 0 : (ns >> (high - 1)) & 1);
    }
  };
  static constexpr std::array<std::uint64_t, kEdges> kNanoseconds = [] {
    constexpr std::array<std::uint64_t, 10> kSteps{1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000};
    std::array<std::uint64_t, kEdges> edges{};
    std::uint64_t decade = 100;  // a thousandth of 100 us
    for (std::size_t i = 0; i < kEdges; ++i) {
      edges[i] = kSteps[i % kSteps.size()] * decade;
      if (i % kSteps.size() == kSteps.size() - 1) decade *= 10;
    }
    return edges;
  }();
  // For each key, the first edge that its least duration does not exceed.
  static constexpr std::array<std::uint8_t, 128> kFirst = [] {
    std::array<std::uint8_t, 128> first{};
    for (std::size_t high = 0; high < 64; ++high) {
      for (std::uint64_t second = 0; second < 2; ++second) {
        const std::uint64_t least = high == 0 ? 0 : (std::uint64_t{1} << high) | (second << (high - 1));
        std::size_t i = 0;
        while (i < kEdges - 1 && least > kNanoseconds[i]) ++i;
        first[(high << 1) | second] = static_cast<std::uint8_t>(i);
      }
    }
    return first;
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
