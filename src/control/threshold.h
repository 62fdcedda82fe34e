// Whether an instance is too slow or too busy: above its threshold so many times running takes it out; what brings it back is for the caller to say. One that
// goes out again within a minute of its return stays out for twice as long, so that nothing pulses.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace rota {

class Threshold {
 public:
  static constexpr Duration kFirstHold = std::chrono::seconds{2};
  static constexpr Duration kMostHold = std::chrono::seconds{60};
  static constexpr Duration kSoon = std::chrono::seconds{60};

  // `out`, `back`: judgements in a row that it takes.
  Threshold(std::uint32_t out, std::uint32_t back) : out_(out), back_(back) {}

  bool is_over() const { return is_over_; }

  // One judgement. `returns`: nothing speaks against its coming back. True: it is over now and was not, or the other way round.
  bool judge(bool above, bool returns, TimePoint now) {
    in_a_row_ = (is_over_ ? returns : above) ? in_a_row_ + 1 : 0;
    if (in_a_row_ < (is_over_ ? back_ : out_)) return false;
    if (is_over_ && now < until_) return false;
    in_a_row_ = 0;
    if (is_over_) {
      ended_ = now;
    } else {
      const bool soon = hold_ > Duration::zero() && now - ended_ < kSoon;
      hold_ = soon ? std::min(2 * hold_, kMostHold) : kFirstHold;
      until_ = now + hold_;
    }
    is_over_ = !is_over_;
    return true;
  }
  void reset() { *this = Threshold(out_, back_); }

 private:
  std::uint32_t out_;
  std::uint32_t back_;
  std::uint32_t in_a_row_ = 0;
  bool is_over_ = false;
  Duration hold_ = Duration::zero();  // the last time; zero: it was never over
  TimePoint until_{};                 // that it stays over at least
  TimePoint ended_{};
};

}  // namespace rota
