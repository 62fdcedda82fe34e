#include "http/response_parser.h"

#include "http/field_parser.h"
#include "http/text.h"

namespace rota::http {
namespace {

std::unexpected<Error> refused(ErrorCode code = ErrorCode::response_malformed) { return fail(code, Blame::upstream); }

constexpr std::string_view kShape = "HTTP/1.d ddd ";  // up to the reason
constexpr std::uint32_t kStatusAt = 9;

bool begins_like_status_line(std::string_view text) {
  for (std::size_t i = 0; i < text.size() && i < kShape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return false;
  }
  return true;
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
  if (!begins_like_status_line(bytes)) return refused();
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
    Field field;
    switch (read_field_line(bytes, position_, field)) {
      case LineStep::more:
        return Step::more;
      case LineStep::invalid:
        return refused();
      case LineStep::end:
        return Step::next;
      case LineStep::field:
        if (head.fields.size() >= limits_.fields || !head.fields.add(field)) return refused(ErrorCode::response_head_too_large);
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
  for (Field& field : head.fields) {
    if (field.id == FieldId::connection && !connection.read(head.fields.value(field))) return refused();
    if (field.id == FieldId::content_length && (head.status == 204 || head.is_interim())) field.dropped = true;
  }
  drop_hop_by_hop(head.fields, connection);
  head.keep_alive = !connection.close && head.body.framing != Framing::until_close &&
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
