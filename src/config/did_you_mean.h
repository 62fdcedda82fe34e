// Which known word somebody probably meant by an unknown one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rota {

// The nearest of `candidates` (the first of equally near ones), if it is at most two typing errors away, or a third of the word's length:
// a letter missing, added, wrong or swapped with its neighbour (Damerau-Levenshtein). Case does not count.
std::optional<std::string_view> did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

// The same as a sentence, "did you mean 'x'?", or empty.
std::string did_you_mean_hint(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace rota
