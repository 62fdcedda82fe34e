// A point in time by which a wait must have ended. Handed down as it is, so that the parts of a whole cannot add up to more than the whole.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace rota {

class Deadline {
 public:
  static constexpr Deadline never() { return Deadline{TimePoint::max()}; }
  static constexpr Deadline at(TimePoint point) { return Deadline{point}; }
  // A limit of zero means "off": it never passes. So does one too far away to count.
  static constexpr Deadline after(TimePoint now, Duration limit) {
    if (limit <= Duration::zero() || limit >= TimePoint::max() - now) return never();
    return Deadline{now + limit};
  }

  constexpr TimePoint point() const { return point_; }
  constexpr bool is_never() const { return point_ == TimePoint::max(); }
  constexpr bool has_passed(TimePoint now) const { return now >= point_; }
  constexpr Deadline earlier(Deadline other) const { return Deadline{std::min(point_, other.point_)}; }

 private:
  explicit constexpr Deadline(TimePoint point) : point_(point) {}
  TimePoint point_;
};

}  // namespace rota
