// Gathers what is wrong with one config file and the layers above it, so that the operator hears all of it at once. Knows the file's text,
// and so shows the line that is meant.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"

namespace rota {

// A place in a text, both from 1; the column counts characters.
struct Position {
  int line = 1;
  int column = 1;

  friend bool operator==(const Position&, const Position&) = default;
};

class Report {
 public:
  static constexpr std::size_t kMost = 20;  // what comes after is dropped: nobody reads on

  // `text` must outlive this.
  Report(std::string file, std::string_view text) : file_(std::move(file)), text_(text) {}

  void at(Position position, std::string message, std::string hint = {});
  void whole_file(std::string message, std::string hint = {});
  // About a variable or a flag, by its name.
  void about(std::string name, std::string message, std::string hint = {});

  // That line is not shown, whatever is wrong in it: it may hold a secret. One in which a secret's key stands is not shown anyway.
  void conceal(int line) { concealed_.insert(line); }

  // Where `needle` first stands in `from`'s line, not before `from`.
  std::optional<Position> find_in_line(Position from, std::string_view needle) const;
  // Where the byte at `offset` stands.
  Position position_of(std::size_t offset) const;

  // Nothing more will be kept, so nobody needs to work out what it would be.
  bool is_full() const { return diagnostics_.size() >= kMost; }
  bool is_empty() const { return diagnostics_.empty(); }
  // In the order of the file, then what is in no line; each once.
  std::vector<Diagnostic> take();

 private:
  std::string_view line(int number) const;
  void add(Diagnostic diagnostic);

  std::string file_;
  std::string_view text_;
  std::vector<Diagnostic> diagnostics_;  // in order
  std::set<int> concealed_;
};

}  // namespace rota
