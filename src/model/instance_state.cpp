#include "model/instance_state.h"

namespace rota {

Slots::Place Slots::take() {
  const std::scoped_lock lock(mutex_);
  std::uint32_t slot = next_;
  if (free_.empty()) {
    ++next_;
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  return {.slot = slot, .serial = ++serial_};
}

void Slots::give_back(std::uint32_t slot) {
  const std::scoped_lock lock(mutex_);
  free_.push_back(slot);
}

InstanceState::InstanceState(std::shared_ptr<Slots> slots, std::size_t workers)
    : cells(workers), slots_(std::move(slots)), place_(slots_->take()) {}

InstanceState::~InstanceState() { slots_->give_back(place_.slot); }

}  // namespace rota
