// The instances that a request has already been to: an attempt never goes where another one failed.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "balance/wheel.h"

namespace rota {

class Tried {
 public:
  Tried() {}  // first_ is left as it is
  Tried(const Tried& other) : count_(other.count_), first_(other.first_) {
    if (other.more_) more_ = std::make_unique<std::vector<InstanceIndex>>(*other.more_);
  }
  Tried& operator=(const Tried&) = delete;

  bool is_empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }

  void add(InstanceIndex instance) {
    if (count_ < first_.size()) {
      first_[count_] = instance;
    } else {
      if (!more_) more_ = std::make_unique<std::vector<InstanceIndex>>();
      more_->push_back(instance);
    }
    ++count_;
  }

  bool contains(InstanceIndex instance) const {
    const auto* const end = first_.data() + std::min(count_, first_.size());
    return std::find(first_.data(), end, instance) != end || (more_ && std::ranges::find(*more_, instance) != more_->end());
  }

 private:
  std::size_t count_ = 0;
  std::array<InstanceIndex, 4> first_;                // filled as far as count_ says
  std::unique_ptr<std::vector<InstanceIndex>> more_;  // only where a fifth instance fails
};

}  // namespace rota
