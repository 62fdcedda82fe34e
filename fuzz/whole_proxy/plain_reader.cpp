#include "fuzz/whole_proxy/plain_reader.h"

#include <algorithm>

namespace rota::plain {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_token(std::string_view text) {
  if (text.empty()) return false;
  return std::ranges::all_of(text, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

// Off the front of what is left, a line at a time.
class Lines {
 public:
  Lines(std::string_view bytes, std::size_t at) : bytes_(bytes), at_(at) {}
  std::size_t at() const { return at_; }
  std::string_view rest() const { return bytes_.substr(at_); }
  void skip(std::size_t count) { at_ += count; }

  // The next line without its CRLF. Cut: its end has not come; malformed: it ends otherwise.
  Ended take(std::string_view& line) {
    const std::string_view left = rest();
    const std::size_t end = left.find_first_of("\r\n");
    line = left.substr(0, end);
    if (end == std::string_view::npos) return Ended::cut;
    if (left[end] == '\n') return Ended::malformed;
    if (end + 1 == left.size()) return Ended::cut;
    if (left[end + 1] != '\n') return Ended::malformed;
    skip(end + 2);
    return Ended::whole;
  }

  // Field lines to the empty one.
  Ended take_fields(std::vector<std::string>& fields) {
    for (;;) {
      std::string_view line;
      if (const Ended ended = take(line); ended != Ended::whole) return ended;
      if (line.empty()) return Ended::whole;
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) || has_control(line)) return Ended::malformed;
      fields.emplace_back(line);
    }
  }

  Ended take_exactly(std::size_t count, std::string& into) {
    const std::string_view piece = rest().substr(0, count);
    into += piece;
    skip(piece.size());
    return piece.size() == count ? Ended::whole : Ended::cut;
  }

 private:
  std::string_view bytes_;
  std::size_t at_;
};

bool read_number(std::string_view text, unsigned base, std::size_t most_digits, std::size_t& number) {
  if (text.empty() || text.size() > most_digits) return false;
  number = 0;
  for (const char c : lower(text)) {
    const unsigned digit = is_digit(c) ? static_cast<unsigned>(c - '0') : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10 : 99;
    if (digit >= base) return false;
    number = number * base + digit;
  }
  return true;
}

Ended take_chunks(Lines& lines, Message& message) {
  for (;;) {
    std::string_view line;
    if (const Ended ended = lines.take(line); ended != Ended::whole) return ended;
    std::size_t size = 0;
    if (!read_number(line.substr(0, line.find(';')), 16, 15, size) || has_control(line)) return Ended::malformed;
    if (size == 0) return lines.take_fields(message.trailers);
    if (const Ended ended = lines.take_exactly(size, message.body); ended != Ended::whole) return ended;
    const std::string_view behind = lines.rest().substr(0, 2);
    if (behind != std::string_view("\r\n").substr(0, behind.size())) return Ended::malformed;
    if (behind.size() < 2) return Ended::cut;
    lines.skip(2);
  }
}

// What the two framing fields say. False: not one thing.
struct Frame {
  bool chunked = false;
  bool has_length = false;
  std::size_t length = 0;
};
bool read_frame(const Message& message, Frame& frame) {
  std::size_t lengths = 0;
  std::size_t codings = 0;
  for (const std::string& line : message.lines) {
    const std::string name = lower(name_of(line));
    if (name == "content-length") {
      ++lengths;
      if (!read_number(value_of(line), 10, 18, frame.length)) return false;
    }
    if (name == "transfer-encoding") {
      ++codings;
      if (lower(value_of(line)) != "chunked") return false;
    }
  }
  frame.chunked = codings == 1;
  frame.has_length = lengths == 1;
  return lengths + codings <= 1;
}

Ended take_body(Lines& lines, const Frame& frame, Message& message) {
  if (frame.chunked) return take_chunks(lines, message);
  if (frame.has_length) return lines.take_exactly(frame.length, message.body);
  return Ended::whole;
}

bool is_version(std::string_view text) { return text.size() == 8 && text.starts_with("HTTP/1.") && is_digit(text[7]); }

Ended take_request(Lines& lines, Message& message) {
  std::string_view line;
  if (const Ended ended = lines.take(line); ended != Ended::whole) return ended;
  message.first = line;
  if (std::ranges::count(line, ' ') != 2 || has_control(line) || line.contains('\t') || !is_token(message.word(0)) ||
      message.word(1).empty() || !is_version(message.word(2))) {
    return Ended::malformed;
  }
  if (const Ended ended = lines.take_fields(message.lines); ended != Ended::whole) return ended;
  Frame frame;
  if (!read_frame(message, frame) || (frame.chunked && message.word(2) == "HTTP/1.0")) return Ended::malformed;
  message.has_head = true;
  return take_body(lines, frame, message);
}

Ended take_response(Lines& lines, Message& message, std::string_view method, bool ended) {
  std::string_view line;
  if (const Ended first = lines.take(line); first != Ended::whole) return first;
  message.first = line;
  if (!is_version(line.substr(0, 8)) || line.size() < 13 || line[8] != ' ' || line[12] != ' ' || has_control(line) ||
      status_of(message) == 0) {
    return Ended::malformed;
  }
  if (const Ended fields = lines.take_fields(message.lines); fields != Ended::whole) return fields;
  Frame frame;
  if (!read_frame(message, frame)) return Ended::malformed;
  message.has_head = true;
  const unsigned status = status_of(message);
  if (method == "HEAD" || status < 200 || status == 204 || status == 304) return Ended::whole;
  const bool is_chunked = frame.chunked && message.word(0) != "HTTP/1.0";  // an old one that says so is not believed
  message.until_close = !is_chunked && !frame.has_length;
  if (!message.until_close)
    return take_body(lines, {.chunked = is_chunked, .has_length = frame.has_length, .length = frame.length}, message);
  lines.take_exactly(lines.rest().size(), message.body);
  return ended ? Ended::whole : Ended::cut;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string_view name_of(std::string_view line) { return line.substr(0, line.find(':')); }

std::string_view value_of(std::string_view line) {
  const std::size_t colon = line.find(':');
  std::string_view value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  const std::size_t begin = value.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return value.substr(begin, value.find_last_not_of(" \t") - begin + 1);
}

std::string_view Message::word(std::size_t i) const {
  std::string_view rest = first;
  for (; i > 0; --i) rest = rest.substr(std::min(rest.size(), rest.find(' ') == std::string_view::npos ? rest.size() : rest.find(' ') + 1));
  return rest.substr(0, rest.find(' '));
}

std::size_t Message::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(lines, [name](const std::string& line) {
    std::string own = lower(name_of(line));
    std::ranges::replace(own, '_', '-');
    return own == name;
  }));
}

std::string_view Message::value(std::string_view name) const {
  std::string_view found;
  for (const std::string& line : lines) {
    if (lower(name_of(line)) == name) found = value_of(line);
  }
  return found;
}

unsigned status_of(const Message& response) {
  const std::string_view text = std::string_view(response.first).substr(0, 12);
  std::size_t status = 0;
  if (text.size() < 12 || !read_number(text.substr(9), 10, 3, status)) return 0;
  return status >= 100 && status <= 599 ? static_cast<unsigned>(status) : 0;
}

std::string origin_form(std::string_view target) {
  if (lower(target.substr(0, 7)) != "http://") return std::string(target);
  const std::string_view behind = target.substr(7);
  const std::size_t path = behind.find_first_of("/?");
  if (path == std::string_view::npos) return "/";
  return (behind[path] == '?' ? "/" : "") + std::string(behind.substr(path));
}

std::string host_of(const Message& request) {
  if (request.count("host") != 0) return lower(request.value("host"));
  const std::string_view target = request.word(1);
  if (lower(target.substr(0, 7)) != "http://") return {};
  const std::string_view behind = target.substr(7);
  return lower(behind.substr(0, behind.find_first_of("/?")));
}

Message read_request(std::string_view bytes, std::size_t at, bool forgiving) {
  Lines lines(bytes, at);
  while (forgiving && lines.rest().starts_with("\r\n")) lines.skip(2);
  Message message;
  message.begin = lines.at();
  message.ended = take_request(lines, message);
  message.end = lines.at();
  return message;
}

Message read_response(std::string_view bytes, std::size_t at, std::string_view method, bool ended) {
  Lines lines(bytes, at);
  Message message;
  message.begin = at;
  message.ended = take_response(lines, message, method, ended);
  message.end = lines.at();
  return message;
}

}  // namespace rota::plain
