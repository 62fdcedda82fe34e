// A worker's view of the snapshot in force. A request pins the one that it began with; a replaced one goes when its last pin does. The counts are
// plain numbers: everything here belongs to one worker's thread.
#pragma once

#include <list>
#include <memory>
#include <utility>

#include "base/check.h"
#include "model/snapshot.h"

namespace rota {

class SnapshotHolder {
  struct Held {
    std::shared_ptr<const Snapshot> snapshot;
    std::size_t pins = 0;
  };

 public:
  class Pin {
   public:
    Pin() = default;  // of nothing
    Pin(Pin&& other) noexcept : holder_(other.holder_), held_(std::exchange(other.held_, nullptr)) {}
    Pin& operator=(Pin&& other) noexcept {
      std::swap(holder_, other.holder_);
      std::swap(held_, other.held_);
      return *this;
    }
    ~Pin() {
      if (held_ != nullptr && --held_->pins == 0) holder_->unpinned(*held_);
    }
    const Snapshot& operator*() const { return *held_->snapshot; }
    const Snapshot* operator->() const { return held_->snapshot.get(); }

   private:
    friend class SnapshotHolder;
    Pin(SnapshotHolder& holder, Held& held) : holder_(&holder), held_(&held) { ++held.pins; }
    SnapshotHolder* holder_ = nullptr;
    Held* held_ = nullptr;
  };

  SnapshotHolder() = default;
  SnapshotHolder(const SnapshotHolder&) = delete;
  SnapshotHolder& operator=(const SnapshotHolder&) = delete;

  // From the mailbox, between two turns.
  void replace(std::shared_ptr<const Snapshot> snapshot) {
    if (!held_.empty() && held_.back().pins == 0) held_.pop_back();
    held_.push_back({.snapshot = std::move(snapshot)});
  }
  std::shared_ptr<const Snapshot> in_force() const { return held_.empty() ? nullptr : held_.back().snapshot; }
  Pin pin() {
    CHECK(!held_.empty());
    return {*this, held_.back()};
  }

 private:
  void unpinned(Held& held) {
    if (&held == &held_.back()) return;
    held_.remove_if([&held](const Held& other) { return &other == &held; });
  }

  std::list<Held> held_;  // the one in force is the last
};

}  // namespace rota
