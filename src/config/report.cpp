#include "config/report.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "config/printable.h"
#include "config/secret_line.h"

namespace rota {
namespace {

// How long the line break is that `text` begins with, 0 if it begins with none. YAML 1.1 counts these as breaks (libyaml too), so that
// its line numbers and ours agree.
std::size_t break_length(std::string_view text) {
  if (text.starts_with("\r\n")) return 2;
  if (text.starts_with('\n') || text.starts_with('\r')) return 1;
  if (text.starts_with("\xc2\x85")) return 2;                                          // U+0085
  if (text.starts_with("\xe2\x80\xa8") || text.starts_with("\xe2\x80\xa9")) return 3;  // U+2028, U+2029
  return 0;
}

// Takes one line off the front of `text`, and its break with it.
std::string_view take_line(std::string_view& text) {
  std::size_t end = 0;
  std::size_t next = 0;
  while (end < text.size() && (next = break_length(text.substr(end))) == 0) ++end;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + next, text.size()));
  return line;
}

int count_characters(std::string_view text) {
  int count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(character_length(text));
  return count;
}

}  // namespace

void Report::at(Position position, std::string message, std::string hint) {
  if (is_full()) return;  // before looking for the line, which takes time
  add({.file = file_,
       .line = position.line,
       .column = position.column,
       .message = std::move(message),
       .line_text = std::string(line(position.line)),
       .hint = std::move(hint)});
}

void Report::whole_file(std::string message, std::string hint) {
  add({.file = file_, .message = std::move(message), .hint = std::move(hint)});
}

void Report::about(std::string name, std::string message, std::string hint) {
  add({.file = std::move(name), .message = std::move(message), .hint = std::move(hint)});
}

std::optional<Position> Report::find_in_line(Position from, std::string_view needle) const {
  std::string_view rest = line(from.line);
  for (int column = 1; column < from.column && !rest.empty(); ++column) rest.remove_prefix(character_length(rest));
  const std::size_t place = rest.find(needle);
  if (place == std::string_view::npos) return std::nullopt;
  return Position{.line = from.line, .column = from.column + count_characters(rest.substr(0, place))};
}

Position Report::position_of(std::size_t offset) const {
  std::string_view rest = text_;
  for (int number = 1;; ++number) {
    const std::size_t start = text_.size() - rest.size();
    const std::string_view one = take_line(rest);
    const std::size_t next = text_.size() - rest.size();
    if (offset < next || rest.empty()) {
      return {.line = number, .column = 1 + count_characters(one.substr(0, std::min(offset - start, one.size())))};
    }
  }
}

std::vector<Diagnostic> Report::take() {
  for (Diagnostic& diagnostic : diagnostics_) {
    if (concealed_.contains(diagnostic.line) || shows_secret(diagnostic.line_text)) diagnostic.line_text.clear();
  }
  return std::exchange(diagnostics_, {});
}

std::string_view Report::line(int number) const {
  std::string_view rest = text_;
  std::string_view one;
  for (int i = 0; i < number; ++i) one = take_line(rest);
  return one;
}

void Report::add(Diagnostic diagnostic) {
  if (is_full() || std::ranges::find(diagnostics_, diagnostic) != diagnostics_.end()) return;
  const auto place = [](const Diagnostic& one) {
    return std::pair{one.line == 0 ? std::numeric_limits<int>::max() : one.line, one.column};
  };
  const auto after = std::ranges::upper_bound(diagnostics_, place(diagnostic), {}, place);
  diagnostics_.insert(after, std::move(diagnostic));
}

}  // namespace rota
