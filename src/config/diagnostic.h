// One thing that is wrong with what the operator wrote: where, what, and what to write instead. For people and, as JSON, for editors.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

namespace rota {

struct Diagnostic {
  std::string file;  // or the name of the environment variable or flag
  int line = 0;      // from 1; 0 = the whole of it, or not in a file
  int column = 0;    // from 1, in characters
  std::string message;
  std::string line_text = {};  // as it stands in the file, without its end
  std::string hint = {};       // a line of its own, such as: did you mean 'strategy'?

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// Several lines, each ended by a newline: place and message, then, where known, the line with a caret under the column, then the hint.
std::string render(const Diagnostic& diagnostic);
std::string render(std::span<const Diagnostic> diagnostics);

// {"file","line","column","message","hint"}; its texts are valid UTF-8, so that dump() cannot throw.
nlohmann::json diagnostic_json(const Diagnostic& diagnostic);

}  // namespace rota
