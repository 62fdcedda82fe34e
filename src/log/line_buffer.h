// One line under construction in the caller's bytes. What rota writes itself always fits; what comes from outside is escaped, and cut where it is
// too long, with a … in place of the rest. Allocates nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>

#include "base/check.h"
#include "log/escape.h"

namespace rota {

// "00" to "99": a division gives two digits.
inline constexpr std::array<char, 200> kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = static_cast<char>('0' + (i % 2 == 0 ? i / 20 : i / 2 % 10));
  return pairs;
}();

// The last Width digits of `number`, with leading zeros, to `to`.
template <std::size_t Width>
void write_digits(char* to, std::uint32_t number) {
  std::size_t left = Width;
  for (; left >= 2; number /= 100) std::memcpy(to + (left -= 2), &kDigitPairs[number % 100 * 2], 2);
  if (left != 0) to[0] = static_cast<char>('0' + number % 10);
}

// Invariant: at_ + what is still to come of the `fixed` bytes <= out_.size(): values share only the rest.
class LineBuffer {
 public:
  static constexpr std::string_view kCut = "…";
  static constexpr std::size_t kUncapped = std::numeric_limits<std::size_t>::max();

  // `fixed`: what raw() and number() will write in all, and kCut for each value. `out` is longer than that.
  LineBuffer(std::span<char> out, std::size_t fixed);

  void raw(std::string_view text) {
    CHECK(text.size() <= out_.size() - at_);
    copy(text);
  }
  void number(std::uint64_t number);
  // The last Width of its digits, with leading zeros.
  template <std::size_t Width>
  void digits(std::uint32_t number) {
    CHECK(Width <= out_.size() - at_);
    write_digits<Width>(out_.data() + at_, number);
    at_ += Width;
  }

  // The two as one, no longer than `cap` bytes when shown, or than what the values before have left. Cut between characters and escapes only.
  void value(Escape escape, std::string_view first, std::string_view second = {}, std::size_t cap = kUncapped);

  // Room that values have left.
  std::size_t left() const { return left_; }
  // For what belongs to a value, as its name does. Takes room from the values; the caller has looked at left().
  void raw_of_value(std::string_view text);

  std::string_view text() const { return {out_.data(), at_}; }

 private:
  struct Limit;
  bool append(Escape escape, std::string_view value, Limit& limit);
  void copy(std::string_view text) {
    if (!text.empty()) std::memcpy(out_.data() + at_, text.data(), text.size());
    at_ += text.size();
  }

  std::span<char> out_;
  std::size_t at_ = 0;
  std::size_t left_;
};

}  // namespace rota
