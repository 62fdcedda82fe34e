// What an instance's probes come to: `fall` failures in a row take it out, `rise` successes bring it back, and a new one needs a single one.
#pragma once

#include <cstdint>

#include "model/settings.h"

namespace rota {

class HealthCount {
 public:
  enum class State : std::uint8_t { starting, passing, failing };

  State state() const { return state_; }
  // It is on its way from one to the other, so it is looked at more often.
  bool is_changing() const { return in_a_row_ > 0; }
  std::uint64_t in_a_row() const { return in_a_row_; }  // results that speak against its state

  // True: its state is another one now.
  bool passed(const HealthSettings& settings) {
    return count(state_ != State::passing, state_ == State::starting ? 1 : settings.rise, State::passing);
  }
  bool failed(const HealthSettings& settings) { return count(state_ != State::failing, settings.fall, State::failing); }
  // Nobody looks: whoever is there serves.
  void assume_passing() { *this = HealthCount(State::passing); }
  // It is another one from now on, or was started anew.
  void restart() { *this = HealthCount(State::starting); }

  explicit HealthCount(State state = State::starting) : state_(state) {}

 private:
  bool count(bool is_news, std::uint64_t needed, State next) {
    if (!is_news) {
      in_a_row_ = 0;
      return false;
    }
    in_a_row_ = counted_ == next ? in_a_row_ + 1 : 1;
    counted_ = next;
    if (in_a_row_ < needed) return false;
    state_ = next;
    in_a_row_ = 0;
    return true;
  }

  State state_;
  State counted_ = State::starting;
  std::uint64_t in_a_row_ = 0;
};

}  // namespace rota
