#include "response.h"

#include "tests/support/text.h"

namespace load {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

Response::Step Response::read(std::string_view& input) {
  begun_ = begun_ || !input.empty();
  while (stage_ != Stage::done) {
    if (stage_ == Stage::sized || stage_ == Stage::chunk || stage_ == Stage::until_close) return read_body(input);
    if (!take_line(input)) return line_.size() > kMaxLine ? bad("a line without an end") : Step{Progress::more, {}};
    if (!line_.ends_with('\r')) return bad("a line that ends without CR");
    const std::string line = line_.substr(0, line_.size() - 1);
    line_.clear();
    if (line.find_first_of(std::string_view("\r\0", 2)) != std::string::npos) return bad("a CR or NUL in a line");
    if (!understand(line)) return {Progress::bad, {}};
  }
  return {Progress::done, {}};
}

Response::Step Response::bad(std::string_view complaint) {
  complaint_ = complaint;
  return {Progress::bad, {}};
}

Response::Step Response::read_body(std::string_view& input) {
  if (input.empty()) return {Progress::more, {}};
  const std::string_view piece = stage_ == Stage::until_close ? input : input.substr(0, left_);
  input.remove_prefix(piece.size());
  if (stage_ == Stage::until_close) return {Progress::piece, piece};
  left_ -= piece.size();
  if (left_ == 0) stage_ = stage_ == Stage::chunk ? Stage::chunk_end : Stage::done;
  return {Progress::piece, piece};
}

bool Response::take_line(std::string_view& input) {
  const std::size_t end = input.find('\n');
  line_.append(input.substr(0, end));
  input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  return end != std::string_view::npos;
}

bool Response::understand(std::string_view line) {
  switch (stage_) {
    case Stage::status_line:
      stage_ = Stage::fields;
      return read_status(line);
    case Stage::fields:
      return line.empty() ? end_of_head() : read_field(line);
    case Stage::chunk_size:
      return read_chunk_size(line);
    case Stage::chunk_end:
      stage_ = Stage::chunk_size;
      if (!line.empty()) complaint_ = "a chunk longer than it says";
      return line.empty();
    default:  // the trailer section
      if (line.empty()) stage_ = Stage::done;
      return true;
  }
}

bool Response::read_status(std::string_view line) {
  complaint_ = "not a status line";
  const bool http10 = line.starts_with("HTTP/1.0 ");
  if (!http10 && !line.starts_with("HTTP/1.1 ")) return false;
  close_ = http10;
  const std::string_view rest = line.substr(9);
  return support::parse_number(rest.substr(0, 3), status_) && status_ >= 100 && (rest.size() == 3 || rest[3] == ' ');
}

bool Response::read_field(std::string_view line) {
  complaint_ = "not a field line";
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || line.find_first_of(" \t") < colon) return false;
  const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
  if (support::same_name(name, "content-length")) {
    complaint_ = "a Content-Length that is none, or a second one";
    if (has_length_ || !support::parse_number(value, left_)) return false;
    has_length_ = true;
  } else if (support::same_name(name, "transfer-encoding")) {
    complaint_ = "a Transfer-Encoding that is not chunked, or a second one";
    if (chunked_ || !support::same_name(value, "chunked")) return false;
    chunked_ = true;
  } else if (support::same_name(name, "connection")) {
    close_ = close_ || support::lists(value, "close");
  } else if (support::same_name(name, "content-type")) {
    problem_ = value.starts_with("application/problem+json");
  }
  return true;
}

bool Response::end_of_head() {
  complaint_ = "both Content-Length and chunks";
  if (has_length_ && chunked_) return false;
  if (status_ == 101) {
    complaint_ = "101 that nobody asked for";
    return false;
  }
  if (status_ < 200) {  // an interim answer: the final one follows
    const bool close = close_;
    start();
    begun_ = true;
    close_ = close;
  } else if (status_ == 204 || status_ == 304 || (has_length_ && left_ == 0)) {
    stage_ = Stage::done;
  } else if (chunked_) {
    stage_ = Stage::chunk_size;
  } else if (has_length_) {
    stage_ = Stage::sized;
  } else {
    stage_ = Stage::until_close;
    close_ = true;
  }
  return true;
}

bool Response::read_chunk_size(std::string_view line) {
  complaint_ = "not the size of a chunk";
  if (!support::parse_number(trimmed(line.substr(0, line.find(';'))), left_, 16)) return false;
  stage_ = left_ == 0 ? Stage::trailer : Stage::chunk;
  return true;
}

}  // namespace load
