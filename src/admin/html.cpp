#include "admin/html.h"

#include <algorithm>

#include "log/escape.h"

namespace rota {

void Html::append(std::string_view plain) {
  for (const char c : plain) {
    switch (c) {
      case '&':
        out_ += "&amp;";
        break;
      case '<':
        out_ += "&lt;";
        break;
      case '>':
        out_ += "&gt;";
        break;
      case '"':
        out_ += "&quot;";
        break;
      case '\'':
        out_ += "&#39;";
        break;
      default:
        out_ += c;
    }
  }
}

// A run of plain bytes is ASCII; everything else comes a character at a time, and stays or goes as a whole.
Html& Html::text(std::string_view value, std::size_t most) {
  while (!value.empty()) {
    const std::size_t run = plain_run(Escape::prose, value);
    append(value.substr(0, std::min(run, most)));
    value.remove_prefix(run);
    if (run > most) return ellipsis();
    most -= run;
    if (value.empty()) break;
    const Escaped escaped = escape_first(Escape::prose, value);
    if (escaped.used > most) return ellipsis();
    append(escaped.text());
    value.remove_prefix(escaped.used);
    most -= escaped.used;
  }
  return *this;
}

}  // namespace rota
