#include "http/response_parser.h"

#include <cstring>

#include "http/field_parser.h"
#include "http/text.h"
#include "http/upgrade.h"

namespace rota::http {
namespace {

std::unexpected<Error> refused(ErrorCode code = ErrorCode::response_malformed) { return fail(code, Blame::upstream); }

constexpr std::string_view kShape = "HTTP/1.d ddd ";  // up to the reason
constexpr std::uint32_t kStatusAt = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Byte by byte, for a line that is not whole yet or not what nearly every one is.
bool begins_like_status_line(std::string_view text) {
  for (std::size_t i = 0; i < text.size() && i < kShape.size(); ++i) {
    if (kShape[i] == 'd' ? !is_digit(text[i]) : text[i] != kShape[i]) return false;
  }
  return true;
}

bool is_common(std::string_view text) {
  return text.size() >= kShape.size() && std::memcmp(text.data(), "HTTP/1.1 ", kStatusAt) == 0 && is_digit(text[9]) && is_digit(text[10]) &&
         is_digit(text[11]) && text[12] == ' ';
}

}  // namespace

Result<bool> ResponseParser::parse(std::string_view bytes, ResponseHead& head) {
  const std::string_view within = bytes.substr(0, limits_.bytes);
  Result<Step> step = Step::next;
  if (!in_fields_) step = read_status_line(within, head);
  if (step && *step == Step::next) step = read_fields(within, head);
  if (!step) return std::unexpected(step.error());
  if (*step == Step::more) {
    if (bytes.size() < limits_.bytes) return false;
    return refused(ErrorCode::response_head_too_large);
  }
  if (const Result<void> finished = finish(bytes, head); !finished) return std::unexpected(finished.error());
  return true;
}

Result<ResponseParser::Step> ResponseParser::read_status_line(std::string_view bytes, ResponseHead& head) {
  if (!is_common(bytes) && !begins_like_status_line(bytes)) return refused();
  if (bytes.size() < kShape.size()) return Step::more;
  const char* const end = bytes.data() + bytes.size();
  const char* const stop = value_end(bytes.data() + kShape.size(), end);
  if (stop == end) return Step::more;
  if (*stop != '\r') return refused();
  if (stop + 1 == end) return Step::more;
  if (stop[1] != '\n') return refused();

  const std::string_view digits = bytes.substr(kStatusAt, 3);
  head.status = static_cast<std::uint16_t>((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
  if (head.status < 100 || head.status > 599) return refused();
  head.version = bytes[7] == '0' ? Version::http_1_0 : Version::http_1_1;
  position_ = static_cast<std::uint32_t>(stop + 2 - bytes.data());
  status_size_ = position_ - 2 - kStatusAt;
  in_fields_ = true;
  head.fields.clear();
  return Step::next;
}

Result<ResponseParser::Step> ResponseParser::read_fields(std::string_view bytes, ResponseHead& head) {
  for (;;) {
    Field& field = head.fields.next();
    switch (read_field_line(bytes, position_, field)) {
      case LineStep::more:
        return Step::more;
      case LineStep::invalid:
        return refused();
      case LineStep::end:
        return Step::next;
      case LineStep::field:
        field.dropped = is_in(kHopByHop, field.id);
        has_per_hop_ = has_per_hop_ || field.id == FieldId::connection;
        if (head.fields.size() >= limits_.fields || !head.fields.commit()) return refused(ErrorCode::response_head_too_large);
        if (field.id == FieldId::other) break;
        if (const Result<void> noted = note_field(field, bytes.substr(field.value_at, field.value_size)); !noted) {
          return std::unexpected(noted.error());
        }
    }
  }
}

Result<void> ResponseParser::note_field(const Field& field, std::string_view value) {
  if (field.id == FieldId::content_length) {
    const auto length = read_content_length(value);
    if (has_length_ || !length) return refused();
    has_length_ = true;
    length_ = *length;
  } else if (field.id == FieldId::transfer_encoding) {
    if (has_coding_ || read_transfer_encoding(value) != TransferCoding::chunked) return refused();
    has_coding_ = true;
  }
  return {};
}

Result<void> ResponseParser::finish(std::string_view bytes, ResponseHead& head) {
  if (has_length_ && has_coding_) return refused();
  head.fields.base = bytes.data();
  head.fields.end_at = position_ - 2;
  head.status_text = bytes.substr(kStatusAt, status_size_);
  decide_body(head);
  ConnectionOptions connection;
  head.upgrade = {};
  if (has_per_hop_) {
    for (Field& field : head.fields) {
      if (field.id == FieldId::connection && !connection.read(head.fields.value(field))) return refused();
    }
    drop_listed(head.fields, connection);
    if (head.status == 101 && connection.upgrade) head.upgrade = only_protocol(head.fields);
  }
  if (has_length_ && (head.status == 204 || head.is_interim())) {
    for (Field& field : head.fields) field.dropped = field.dropped || field.id == FieldId::content_length;
  }
  // A 204 or an interim response that announces a body may send it, too; those bytes must not become anybody's answer.
  const bool announces_what_cannot_be = (head.status == 204 || head.is_interim()) && (has_coding_ || length_ > 0);
  head.keep_alive = !connection.close && !announces_what_cannot_be && head.body.framing != Framing::until_close &&
                    (head.version == Version::http_1_1 || (connection.keep_alive && !has_coding_));
  return {};
}

// RFC 9112 section 6.3, in its order. An HTTP/1.0 instance that says chunked is not believed: its body ends with its connection.
void ResponseParser::decide_body(ResponseHead& head) const {
  if (method_ == Method::head || head.is_interim() || head.status == 204 || head.status == 304) {
    head.body = {.framing = Framing::none};
  } else if (has_coding_) {
    head.body = {.framing = head.version == Version::http_1_1 ? Framing::chunked : Framing::until_close};
  } else if (has_length_) {
    head.body = {.framing = Framing::length, .length = length_};
  } else {
    head.body = {.framing = Framing::until_close};
  }
}

}  // namespace rota::http
