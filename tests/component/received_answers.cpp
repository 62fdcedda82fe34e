#include "tests/component/received_answers.h"

#include <algorithm>
#include <charconv>

namespace rota::test {
namespace {

// Takes a line off the front of `rest`; nullopt: it is not whole.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

std::string_view take(std::string_view& rest, std::size_t most) {
  const std::string_view taken = rest.substr(0, most);
  rest.remove_prefix(taken.size());
  return taken;
}

// Whether it came to its last chunk, and through its trailers.
bool take_chunks(std::string_view& rest, std::string& body) {
  for (;;) {
    const auto line = take_line(rest);
    std::size_t size = 0;
    if (!line || std::from_chars(line->data(), line->data() + line->size(), size, 16).ec != std::errc{}) return false;
    if (size == 0) break;
    body += take(rest, size);
    if (take(rest, 2) != "\r\n") return false;
  }
  for (;;) {
    const auto line = take_line(rest);
    if (!line) return false;
    if (line->empty()) return true;
  }
}

bool take_body(std::string_view& rest, ReceivedAnswer& answer, std::optional<ErrorCode> end) {
  if (answer.field("Transfer-Encoding") == "chunked") return take_chunks(rest, answer.body);
  const std::string_view length = answer.field("Content-Length");
  if (length.empty()) {
    answer.body = take(rest, rest.size());
    return end == ErrorCode::end_of_stream;
  }
  std::size_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  answer.body = take(rest, size);
  return answer.body.size() == size;
}

}  // namespace

bool ReceivedAnswer::is_rotas() const { return field("Proxy-Status").starts_with("rota; error="); }

std::string_view ReceivedAnswer::field(std::string_view name) const {
  std::string_view rest = head;
  for (take_line(rest); const auto line = take_line(rest);) {
    if (line->starts_with(name) && line->substr(name.size()).starts_with(": ")) return line->substr(name.size() + 2);
  }
  return {};
}

Received read_answers(std::string_view bytes, std::string_view method, std::optional<ErrorCode> end) {
  Received received;
  for (std::string_view rest = bytes; !rest.empty();) {
    ReceivedAnswer answer;
    const std::size_t head_end = rest.find("\r\n\r\n");
    answer.head = take(rest, head_end == std::string_view::npos ? rest.size() : head_end + 4);
    if (head_end != std::string_view::npos && answer.head.size() > 12) {
      std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
      const bool is_interim = answer.status < 200;
      const bool has_body = !is_interim && answer.status != 204 && answer.status != 304 && !(method == "HEAD" && received.finals.empty());
      answer.whole = !has_body || take_body(rest, answer, end);
      if (is_interim) {
        received.interims.push_back(std::move(answer));
        continue;
      }
    }
    received.finals.push_back(std::move(answer));
    if (!received.finals.back().whole) break;
  }
  return received;
}

}  // namespace rota::test
