#include "balance/wheel.h"

#include <algorithm>
#include <numeric>
#include <queue>

namespace rota {
namespace {

// Smallest weights with (nearly) the same proportions whose sum fits into a wheel.
std::vector<std::uint64_t> reduced(std::span<const std::uint32_t> weights) {
  std::uint64_t divisor = 0;
  std::uint64_t sum = 0;
  for (const std::uint64_t weight : weights) {
    divisor = std::gcd(divisor, weight);
    sum += weight;
  }
  std::vector<std::uint64_t> result(weights.begin(), weights.end());
  if (divisor == 0) return result;
  for (std::uint64_t& weight : result) weight /= divisor;
  sum /= divisor;
  if (sum <= Wheel::kMostPlaces) return result;
  for (std::uint64_t& weight : result) {
    if (weight != 0) weight = std::max<std::uint64_t>(1, weight * Wheel::kMostPlaces / sum);
  }
  return result;
}

// One instance's next place: it may come from `from` on and should have come by `by`, both in places times its own weight's share.
struct Next {
  double by;
  double from;
  InstanceIndex instance;
  bool operator>(const Next& other) const { return by != other.by ? by > other.by : instance > other.instance; }
};
struct Later {
  bool operator()(const Next& a, const Next& b) const { return a.from != b.from ? a.from > b.from : a.instance > b.instance; }
};

}  // namespace

// Chairman assignment (Tijdeman, 1980): the k-th place of an instance of weight w among a sum of W must lie in [k·W/w, (k+1)·W/w); of those
// that may come, the one that must come first does. So no instance is ever a whole turn ahead of or behind its share.
Wheel::Wheel(std::span<const std::uint32_t> weights) {
  const std::vector<std::uint64_t> shares = reduced(weights);
  const std::uint64_t sum = std::accumulate(shares.begin(), shares.end(), std::uint64_t{0});
  places_.reserve(sum);
  std::vector<std::uint64_t> given(shares.size(), 0);
  std::priority_queue<Next, std::vector<Next>, Later> waiting;
  std::priority_queue<Next, std::vector<Next>, std::greater<>> eligible;
  const auto next_of = [&](InstanceIndex instance) {
    const double step = static_cast<double>(sum) / static_cast<double>(shares[instance]);
    const auto k = static_cast<double>(given[instance]);
    return Next{.by = (k + 1) * step, .from = k * step, .instance = instance};
  };
  for (InstanceIndex instance = 0; instance < shares.size(); ++instance) {
    if (shares[instance] != 0) waiting.push(next_of(instance));
  }
  while (places_.size() < sum) {
    const auto here = static_cast<double>(places_.size());
    while (!waiting.empty() && (waiting.top().from <= here || eligible.empty())) {
      eligible.push(waiting.top());
      waiting.pop();
    }
    const InstanceIndex chosen = eligible.top().instance;
    eligible.pop();
    places_.push_back(chosen);
    if (++given[chosen] < shares[chosen]) waiting.push(next_of(chosen));
  }
}

}  // namespace rota
