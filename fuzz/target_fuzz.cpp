// Any bytes as a request target and as a host: the parts are those of the text, no path has two readings, and each part is accepted on its
// own.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "http/padded.h"
#include "http/target.h"
#include "http/text.h"

namespace {

using namespace rota::http;
using namespace std::string_view_literals;

// Decodes triplets as the most careless application would. The parser has seen to it that they are whole.
std::string decoded(std::string_view path) {
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      text += path[i];
      continue;
    }
    CHECK(i + 2 < path.size());
    text += static_cast<char>(std::stoi(std::string(path.substr(i + 1, 2)), nullptr, 16));
    i += 2;
  }
  return text;
}

// Drops each segment's parameters, as servers of servlets do.
std::string without_parameters(std::string_view path) {
  std::string text;
  bool drops = false;
  for (const char c : path) {
    drops = c != '/' && (drops || c == ';');
    if (!drops) text += c;
  }
  return text;
}

bool climbs(const std::string& path) {
  const std::string closed = path + '/';
  return closed.find("/./") != std::string::npos || closed.find("/../") != std::string::npos;
}

void check_path(std::string_view path) {
  if (path == "*") return;
  CHECK(path.starts_with('/'));
  CHECK(path.find_first_of("?# \t\r\n\\\"<>^`{}\x7f\0"sv) == std::string_view::npos);
  for (const char c : path) CHECK(static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f);
  // As many segments before decoding as behind it, and none that climbs, whether parameters are dropped before it, behind it, or not at all.
  const std::string text = decoded(path);
  CHECK(std::ranges::count(text, '/') == std::ranges::count(path, '/'));
  CHECK(text.find('\\') == std::string::npos && text.find('\0') == std::string::npos);
  CHECK(!climbs(text) && !climbs(without_parameters(text)) && !climbs(decoded(without_parameters(path))));
}

void check_target(std::string_view text) {
  const auto target = parse_target(text);
  if (!target) return;
  CHECK(target_run(text) == text.size());
  check_path(target->path);
  CHECK(target->query.empty() || target->query.starts_with('?'));
  if (target->authority.empty()) {
    CHECK(std::string(target->path).append(target->query) == text);
    return;
  }
  CHECK(is_host(target->authority));
  const std::string behind = std::string(target->authority).append(target->path).append(target->query);
  const std::string without_path = std::string(target->authority).append(target->query);
  const std::string_view sent = text.substr(7);
  CHECK(equals_lower(text.substr(0, 7), "http://") && (sent == behind || (target->path == "/" && sent == without_path)));
  // What goes to the instance is an origin-form of the same meaning.
  const std::string origin = std::string(target->path).append(target->query);
  const auto again = parse_target(origin);
  CHECK(again && again->path == target->path && again->query == target->query && again->authority.empty());
}

void check_host(std::string_view text) {
  const bool accepted = is_host(text);
  if (text.empty()) {
    CHECK(!accepted);
    return;
  }
  const Padded absolute(std::string("http://").append(text).append("/x?y"));
  const auto target = parse_target(absolute.view());
  if (!accepted) {
    CHECK(!target || target->authority != text);
    return;
  }
  CHECK(target && target->authority == text && target->path == "/x" && target->query == "?y");
  CHECK(text.size() <= 255);
  CHECK(text.find_first_of("@/?#,;\\ \t\r\n%\0"sv) == std::string_view::npos);
  std::string lower(text);
  for (char& c : lower) c = to_lower(c);
  CHECK(is_host(Padded(lower).view()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Padded padded({reinterpret_cast<const char*>(data), size});
  check_target(padded.view());
  check_host(padded.view());
  return 0;
}
