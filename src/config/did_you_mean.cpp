#include "config/did_you_mean.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace rota {
namespace {

constexpr std::size_t kLongestWord = 64;  // nobody means a key of ours by more, and the work grows with the product of both lengths

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Three rows of the usual table are enough: a swap looks two rows back.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char x = lower(a[i - 1]);
      const char y = lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (x == y ? 0 : 1)});
      const bool is_swap = i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]);
      if (is_swap) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string_view> did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kLongestWord) return std::nullopt;
  // Below the length of the word, or any short word would be meant by any other.
  std::size_t least = std::min(std::max<std::size_t>(2, word.size() / 3), word.size() - 1) + 1;
  std::optional<std::string_view> nearest;
  for (const std::string_view candidate : candidates) {
    const std::size_t far = distance(word, candidate);
    if (far >= least || far >= candidate.size()) continue;
    least = far;
    nearest = candidate;
  }
  return nearest;
}

std::string did_you_mean_hint(std::string_view word, std::span<const std::string_view> candidates) {
  const auto meant = did_you_mean(word, candidates);
  return meant ? fmt::format("did you mean '{}'?", *meant) : "";
}

}  // namespace rota
