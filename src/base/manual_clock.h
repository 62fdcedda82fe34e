// A clock that moves only when a test says so.
#pragma once

#include "base/clock.h"

namespace rota {

class ManualClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  WallTime wall() const override { return WallTime{std::chrono::seconds{1'800'000'000}} + (now_ - kStart); }

  void advance(Duration by) { now_ += by; }
  // Never backwards.
  void advance_to(TimePoint to) {
    if (to > now_) now_ = to;
  }

 private:
  static constexpr TimePoint kStart{std::chrono::hours{1}};
  TimePoint now_ = kStart;
};

}  // namespace rota
