// Round robin's precomputed order: an array in which every instance stands as often as its weight, spread evenly. Immutable; a change of membership
// or weights makes a new one. A pick is one look into it, whatever the number of instances.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rota {

// An instance's place in its service's list.
using InstanceIndex = std::uint32_t;

class Wheel {
 public:
  static constexpr std::size_t kMostPlaces = 64 * 1024;

  // One weight an instance, in order; those of weight 0 get no place. Weights are reduced by what they have in common, and scaled down (but not
  // below one place) where they would need more than kMostPlaces, which more instances than that always get.
  explicit Wheel(std::span<const std::uint32_t> weights);

  std::size_t size() const { return places_.size(); }
  bool is_empty() const { return places_.empty(); }
  InstanceIndex at(std::uint64_t turn) const { return places_[turn % places_.size()]; }

 private:
  std::vector<InstanceIndex> places_;
};

}  // namespace rota
