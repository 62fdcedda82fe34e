#include "metrics/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rota {

using namespace std::chrono_literals;

void HistogramSum::add(const Histogram& histogram) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += histogram.counts_[i].value();
  sum_ += histogram.sum_.value();
}

void HistogramSum::add(const HistogramSum& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  sum_ += other.sum_;
}

HistogramSum HistogramSum::since(const HistogramSum& earlier) const {
  HistogramSum difference;
  for (std::size_t i = 0; i < counts_.size(); ++i) difference.counts_[i] = counts_[i] - earlier.counts_[i];
  difference.sum_ = sum_ - earlier.sum_;
  return difference;
}

std::uint64_t HistogramSum::count() const { return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0}); }

std::uint64_t HistogramSum::count_up_to(Duration edge) const {
  const std::size_t bucket = HistogramScale::bucket_of(edge);
  return std::accumulate(counts_.begin(), counts_.begin() + static_cast<std::ptrdiff_t>(bucket) + 1, std::uint64_t{0});
}

Duration HistogramSum::quantile(double share) const {
  const std::uint64_t all = count();
  if (all == 0) return Duration::zero();
  const double rank = std::clamp(share, 0.0, 1.0) * static_cast<double>(all);
  double before = 0;
  for (std::size_t i = 0; i < HistogramScale::kEdges; ++i) {
    const auto here = static_cast<double>(counts_[i]);
    if (here > 0 && before + here >= rank) {
      const auto low = static_cast<double>(i == 0 ? 0 : HistogramScale::edge(i - 1).count());
      const auto high = static_cast<double>(HistogramScale::edge(i).count());
      return Duration{static_cast<Duration::rep>(std::llround(low + (high - low) * std::max(0.0, rank - before) / here))};
    }
    before += here;
  }
  return HistogramScale::edge(HistogramScale::kEdges - 1);
}

std::span<const Duration> prometheus_edges() {
  static constexpr std::array<Duration, 14> kEdges{500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 5s, 10s};
  return kEdges;
}

}  // namespace rota
