#include "config/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "config/printable.h"

namespace rota {
namespace {

constexpr int kWidest = 100;  // characters of a line that are shown
constexpr int kBefore = 60;   // of them at most before the caret, where a line has to be cut

struct Excerpt {
  std::string text;
  int caret;  // characters before it
};

// The part of a line around `column`, with "..." where it was cut.
Excerpt cut(std::string_view line, int column) {
  const int first = column > kWidest ? column - kBefore : 1;
  Excerpt excerpt{.text = first > 1 ? "..." : "", .caret = column - first + (first > 1 ? 3 : 0)};
  int place = 1;
  for (; !line.empty() && place < first + kWidest; ++place) {
    const std::size_t length = character_length(line);
    if (place >= first) append_printable(excerpt.text, line.substr(0, length));
    line.remove_prefix(length);
  }
  if (!line.empty()) excerpt.text += "...";
  // A column past the end of the line (something is missing there) keeps its place; one further off than that means nothing.
  excerpt.caret = std::min(excerpt.caret, kWidest + 3);
  return excerpt;
}

}  // namespace

std::string render(const Diagnostic& diagnostic) {
  std::string out = printable(diagnostic.file);
  if (diagnostic.line > 0) out += fmt::format(":{}:{}", diagnostic.line, diagnostic.column);
  out += fmt::format(": {}\n", printable(diagnostic.message));
  if (diagnostic.line > 0 && diagnostic.column > 0 && !diagnostic.line_text.empty()) {
    const Excerpt excerpt = cut(diagnostic.line_text, diagnostic.column);
    out += fmt::format("{}\n{:{}}^\n", excerpt.text, "", excerpt.caret);
  }
  if (!diagnostic.hint.empty()) out += printable(diagnostic.hint) + "\n";
  return out;
}

std::string render(std::span<const Diagnostic> diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) out += render(diagnostic);
  return out;
}

nlohmann::json diagnostic_json(const Diagnostic& diagnostic) {
  return {{"file", printable(diagnostic.file)},
          {"line", diagnostic.line},
          {"column", diagnostic.column},
          {"message", printable(diagnostic.message)},
          {"hint", printable(diagnostic.hint)}};
}

}  // namespace rota
