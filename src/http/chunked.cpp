#include "http/chunked.h"

#include <algorithm>
#include <cstring>

#include "http/field_parser.h"
#include "http/text.h"

namespace rota::http {
namespace {

constexpr std::uint8_t kMostDigits = 15;              // below 2^60
constexpr std::uint64_t kMostExtensions = 16 * 1024;  // bytes of extensions in one body
constexpr std::uint64_t kFreeOverhead = 64 * 1024;    // frame bytes that need no payload to justify them

// What may stand between quotes besides quoted-pair: HTAB, SP, VCHAR but '"' and '\', obs-text.
bool is_quotable(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 || c == '\t') && byte != 0x7f;
}

// RFC 9110 section 6.5.1: fields that frame, route, authenticate or describe the content have no business in trailers.
bool may_be_trailer(FieldId id) { return id == FieldId::other; }

}  // namespace

std::unexpected<Error> ChunkedDecoder::refused(ErrorCode code) const {
  if (side_ == Side::request) return fail(code, Blame::client);
  return fail(code == ErrorCode::bad_request ? ErrorCode::response_malformed : ErrorCode::response_head_too_large, Blame::upstream);
}

Result<ChunkedDecoder::Step> ChunkedDecoder::decode(std::span<char> bytes) {
  std::size_t payload = 0;
  std::size_t at = 0;
  while (at < bytes.size() && state_ != State::done) {
    if (state_ == State::data) {
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
      if (payload != at) std::memmove(bytes.data() + payload, bytes.data() + at, piece);
      payload += piece;
      payload_ += piece;
      at += piece;
      left_ -= piece;
      if (left_ == 0) state_ = State::data_cr;
    } else if (state_ == State::trailers) {
      const Result<std::size_t> read = read_trailers(bytes.subspan(at));
      if (!read) return std::unexpected(read.error());
      at += *read;
      if (!is_done()) break;
    } else {
      if (!take(bytes[at]) || !within_budget()) return refused();
      ++at;
    }
  }
  return Step{.payload = payload, .used = at};
}

bool ChunkedDecoder::within_budget() const {
  if (extensions_ > kMostExtensions) return false;
  return side_ == Side::response || overhead_ <= kFreeOverhead + 4 * payload_;
}

bool ChunkedDecoder::end_of_size(char c) {
  if (c == ';') {
    state_ = State::extension_name_first;
    return true;
  }
  state_ = State::size_lf;
  return c == '\r';
}

bool ChunkedDecoder::take(char c) {
  ++overhead_;
  if (state_ >= State::extension_name_first && state_ <= State::extension_quoted_end) ++extensions_;
  switch (state_) {
    case State::size_first:
      left_ = 0;
      digits_ = 0;
      state_ = State::size;
      [[fallthrough]];
    case State::size: {
      const int digit = hex_value(c);
      if (digit < 0) return digits_ > 0 && end_of_size(c);
      left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
      return ++digits_ <= kMostDigits;
    }
    case State::size_lf:
      state_ = left_ > 0 ? State::data : State::trailers;
      return c == '\n';
    case State::extension_name_first:
      state_ = State::extension_name;
      return is_token_char(c);
    case State::extension_name:
      if (is_token_char(c)) return true;
      if (c != '=') return end_of_size(c);
      state_ = State::extension_value_first;
      return true;
    case State::extension_value_first:
      state_ = c == '"' ? State::extension_quoted : State::extension_token;
      return c == '"' || is_token_char(c);
    case State::extension_token:
      return is_token_char(c) || end_of_size(c);
    case State::extension_quoted:
      if (c == '"') state_ = State::extension_quoted_end;
      if (c == '\\') state_ = State::extension_escape;
      return is_quotable(c);
    case State::extension_escape:
      state_ = State::extension_quoted;
      return is_quotable(c);
    case State::extension_quoted_end:
      return end_of_size(c);
    case State::data_cr:
      state_ = State::data_lf;
      return c == '\r';
    case State::data_lf:
      state_ = State::size_first;
      return c == '\n';
    case State::data:
    case State::trailers:
    case State::done:
      break;
  }
  return false;
}

// The section is read as a whole, from its start each time: it is short, and nearly always empty. What is there of it is validated, though.
Result<std::size_t> ChunkedDecoder::read_trailers(std::span<const char> bytes) {
  const std::string_view text{bytes.data(), std::min(bytes.size(), trailer_limits_.bytes)};
  std::uint32_t position = 0;
  trailers_.clear();
  const Lines lines = read_field_lines(text, position, trailers_, trailer_limits_.fields);
  for (Field& field : trailers_) field.dropped = !may_be_trailer(identify(text, field));
  if (lines == Lines::too_many) return refused(ErrorCode::header_section_too_large);
  if (lines == Lines::invalid) return refused();
  if (lines == Lines::more) {
    if (text.size() == trailer_limits_.bytes) return refused(ErrorCode::header_section_too_large);
    return 0;
  }
  trailers_.base = bytes.data();
  trailers_.end_at = position - 2;
  state_ = State::done;
  return position;
}

std::string_view ChunkFrame::make(std::uint64_t size) {
  char* const end = text_ + sizeof(text_);
  char* at = end;
  *--at = '\n';
  *--at = '\r';
  do {
    *--at = "0123456789abcdef"[size & 15];
    size >>= 4;
  } while (size != 0);
  return {at, end};
}

}  // namespace rota::http
