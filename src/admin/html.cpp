#include "admin/html.h"

#include <algorithm>

#include "log/escape.h"

namespace rota {
namespace {

// Not into the middle of a character. `run` is UTF-8.
std::string_view cut(std::string_view run, std::size_t most) {
  if (run.size() <= most) return run;
  while (most > 0 && (static_cast<unsigned char>(run[most]) & 0xc0) == 0x80) --most;
  return run.substr(0, most);
}

}  // namespace

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

Html& Html::text(std::string_view value, std::size_t most) {
  while (!value.empty()) {
    const std::size_t run = plain_run(Escape::prose, value);
    const std::string_view plain = cut(value.substr(0, run), most);
    append(plain);
    value.remove_prefix(plain.size());
    most -= plain.size();
    if (value.empty()) break;
    if (plain.size() < run || most == 0) {
      out_ += "…";
      break;
    }
    const Escaped escaped = escape_first(Escape::prose, value);
    append(escaped.text());
    value.remove_prefix(escaped.used);
    most -= std::min(most, escaped.used);
  }
  return *this;
}

}  // namespace rota
