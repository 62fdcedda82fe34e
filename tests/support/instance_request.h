// What the test instance understands of HTTP/1.1: a request's head and where its body ends. Strict, because a proxy under test that sends
// something sloppy should be seen; written apart from rota's own codec, so that one mistake cannot stand on both sides.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "load_body.h"
#include "text.h"

namespace instance {

using support::parse_number;
using support::same_name;

// One request's head. The views look into `head`, which keeps its memory from request to request.
struct Request {
  std::string head;
  std::string_view method, target, request_id, content_type;
  std::uint64_t length = 0;
  bool chunked = false;
  bool close = false;             // the connection ends with this answer
  bool http10 = false;            // and cannot be answered in chunks
  bool expects_continue = false;  // the client waits for 100 before it sends the body
  bool has_length = false;

  // `text` ends with the blank line. False: not a request we can answer, or one whose body's end is in doubt.
  bool parse(std::string_view text) {
    head.assign(text);
    method = target = request_id = content_type = {};
    length = 0;
    chunked = close = expects_continue = has_length = false;
    std::string_view rest = head;
    if (!parse_line(take_line(rest))) return false;
    for (std::string_view line = take_line(rest); !line.empty(); line = take_line(rest)) {
      if (!parse_field(line)) return false;
    }
    return rest.empty() && !(chunked && has_length);
  }

  std::string_view path() const { return target.substr(0, target.find('?')); }

 private:
  static std::string_view take_line(std::string_view& rest) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    return line;
  }

  bool parse_line(std::string_view line) {
    const std::size_t first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == 0 || last <= first + 1) return false;
    method = line.substr(0, first);
    target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    http10 = version == "HTTP/1.0";
    close = http10;
    return (http10 || version == "HTTP/1.1") && target.find(' ') == std::string_view::npos;
  }

  bool parse_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || line.find_first_of(" \t") < colon) return false;
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) return false;
    const std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    switch (name.size()) {
      case 6:
        if (same_name(name, "expect")) expects_continue = same_name(value, "100-continue");
        return true;
      case 10:
        if (same_name(name, "connection") && support::lists(value, "close")) close = true;
        return true;
      case 12:
        if (same_name(name, "x-request-id")) request_id = value;
        if (same_name(name, "content-type")) content_type = value;
        return true;
      case 14:
        if (!same_name(name, "content-length")) return true;
        if (has_length) return false;
        has_length = true;
        return parse_number(value, length);
      case 17:
        if (!same_name(name, "transfer-encoding")) return true;
        if (chunked || http10) return false;
        chunked = true;
        return same_name(value, "chunked");
      default:
        return true;
    }
  }
};

// Finds the end of a body over any number of pieces, and collects or hashes it where somebody wants that.
class BodyReader {
 public:
  enum class Progress { more, done, bad };

  void start(const Request& request, bool hashed) {
    left_ = request.length;
    size_ = 0;
    hashed_ = hashed;
    hash_ = {};
    stage_ = request.chunked ? Stage::size_line : Stage::sized;
  }

  std::uint64_t size() const { return size_; }
  std::string hash() const { return hash_.text(); }

  // Takes what belongs to this body off the front of `input`; a line that is not whole yet stays there. `keep` may be null.
  Progress read(std::string_view& input, std::string* keep) {
    for (;;) {
      switch (stage_) {
        case Stage::sized:
        case Stage::chunk: {
          const std::string_view piece = input.substr(0, left_);
          if (keep) keep->append(piece);
          if (hashed_) hash_.add(piece);
          size_ += piece.size();
          left_ -= piece.size();
          input.remove_prefix(piece.size());
          if (left_ > 0) return Progress::more;
          if (stage_ == Stage::sized) return Progress::done;
          stage_ = Stage::chunk_end;
          break;
        }
        case Stage::size_line:
        case Stage::chunk_end:
        case Stage::trailer: {
          const std::size_t end = input.find("\r\n");
          if (end == std::string_view::npos) return input.size() > kMaxLine ? Progress::bad : Progress::more;
          const std::string_view line = input.substr(0, end);
          input.remove_prefix(end + 2);
          if (stage_ == Stage::trailer && line.empty()) return Progress::done;
          if (!read_line(line)) return Progress::bad;
          break;
        }
      }
    }
  }

 private:
  enum class Stage { sized, size_line, chunk, chunk_end, trailer };
  static constexpr std::size_t kMaxLine = 16 * 1024;

  bool read_line(std::string_view line) {
    if (stage_ == Stage::trailer) return line.find(':') != std::string_view::npos;
    if (stage_ == Stage::chunk_end) {
      stage_ = Stage::size_line;
      return line.empty();
    }
    if (!parse_number(line.substr(0, line.find(';')), left_, 16)) return false;
    stage_ = left_ == 0 ? Stage::trailer : Stage::chunk;
    return true;
  }

  Stage stage_ = Stage::sized;
  std::uint64_t left_ = 0;
  std::uint64_t size_ = 0;
  bool hashed_ = false;  // not for nothing: the bench's uploads should measure rota
  support::BodyHash hash_;
};

}  // namespace instance
