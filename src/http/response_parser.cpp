#include "http/response_parser.h"

#include <cstring>

#include "http/field_parser.h"
#include "http/text.h"
#include "http/upgrade.h"

namespace rota::http {
namespace {

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

// What note_field looks at.
constexpr std::uint32_t kNoted = field_set(FieldId::content_length, FieldId::transfer_encoding);

}  // namespace

// Flat as RequestParser::parse is.
[[gnu::flatten]] Result<bool> ResponseParser::parse(std::string_view bytes, ResponseHead& head) {
  const std::string_view within = bytes.substr(0, limits_.bytes);
  Step step = in_fields_ ? Step::next : read_status_line(within, head);
  if (step == Step::next) step = read_fields(within, head);
  if (step == Step::next) step = finish(bytes, head);
  if (step == Step::more && bytes.size() >= limits_.bytes) step = refuse(ErrorCode::response_head_too_large);
  if (step == Step::refused) return fail(why_, Blame::upstream);
  return step == Step::next;
}

ResponseParser::Step ResponseParser::read_status_line(std::string_view bytes, ResponseHead& head) {
  if (!is_common(bytes) && !begins_like_status_line(bytes)) return refuse();
  if (bytes.size() < kShape.size()) return Step::more;
  const char* const end = bytes.data() + bytes.size();
  const char* const stop = value_end(bytes.data() + kShape.size(), end);
  if (stop == end) return Step::more;
  if (*stop != '\r') return refuse();
  if (stop + 1 == end) return Step::more;
  if (stop[1] != '\n') return refuse();

  const char* const digits = bytes.data() + kStatusAt;
  head.status = static_cast<std::uint16_t>((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
  if (head.status < 100 || head.status > 599) return refuse();
  head.version = bytes[7] == '0' ? Version::http_1_0 : Version::http_1_1;
  position_ = static_cast<std::uint32_t>(stop + 2 - bytes.data());
  status_size_ = position_ - 2 - kStatusAt;
  in_fields_ = true;
  head.fields.clear();
  return Step::next;
}

ResponseParser::Step ResponseParser::read_fields(std::string_view bytes, ResponseHead& head) {
  const std::size_t next = head.fields.size();
  const Lines lines = read_field_lines(bytes, position_, head.fields, limits_.fields);
  for (Field *field = head.fields.begin() + next, *const end = head.fields.end(); field != end; ++field) {
    const FieldId id = identify(bytes, *field);
    if (id == FieldId::other) continue;
    field->dropped = is_in(kHopByHop, id);
    if (is_in(kNoted, id) && note_field(id, {bytes.data() + field->value_at, field->value_size}) == Step::refused) return Step::refused;
    seen_ |= field_set(id);
  }
  if (lines == Lines::end) [[likely]]
    return Step::next;
  if (lines == Lines::more) return Step::more;
  return refuse(lines == Lines::too_many ? ErrorCode::response_head_too_large : ErrorCode::response_malformed);
}

ResponseParser::Step ResponseParser::note_field(FieldId id, std::string_view value) {
  if (has(id)) return refuse();
  if (id == FieldId::transfer_encoding) return read_transfer_encoding(value) == TransferCoding::chunked ? Step::next : refuse();
  const auto length = read_content_length(value);
  if (!length) return refuse();
  length_ = *length;
  return Step::next;
}

ResponseParser::Step ResponseParser::finish(std::string_view bytes, ResponseHead& head) {
  const bool has_coding = has(FieldId::transfer_encoding);
  if (has_coding && has(FieldId::content_length)) return refuse();
  head.fields.base = bytes.data();
  head.fields.end_at = position_ - 2;
  head.status_text = {bytes.data() + kStatusAt, status_size_};
  head.upgrade = {};
  decide_body(head);
  head.keep_alive = head.version == Version::http_1_1 && head.body.framing != Framing::until_close;
  if (has(FieldId::connection) && read_connection(head) == Step::refused) return Step::refused;
  // A 204 or an interim response that announces a body may send it, too; those bytes must not become anybody's answer.
  if (head.status == 204 || head.is_interim()) {
    head.keep_alive = head.keep_alive && !has_coding && length_ == 0;
    for (Field& field : head.fields) field.dropped = field.dropped || field.id == FieldId::content_length;
  }
  return Step::next;
}

// Not inlined, as it has a frame of its own.
[[gnu::noinline]] ResponseParser::Step ResponseParser::read_connection(ResponseHead& head) {
  ConnectionOptions connection;
  for (Field& field : head.fields) {
    if (field.id == FieldId::connection && !connection.read(head.fields.value(field))) return refuse();
  }
  drop_listed(head.fields, connection);
  if (head.status == 101 && connection.upgrade) head.upgrade = only_protocol(head.fields);
  const bool asked_for = connection.keep_alive && !has(FieldId::transfer_encoding) && head.body.framing != Framing::until_close;
  head.keep_alive = !connection.close && (head.keep_alive || asked_for);
  return Step::next;
}

// RFC 9112 section 6.3, in its order. An HTTP/1.0 instance that says chunked is not believed: its body ends with its connection.
void ResponseParser::decide_body(ResponseHead& head) const {
  if (method_ == Method::head || head.is_interim() || head.status == 204 || head.status == 304) {
    head.body = {.framing = Framing::none};
  } else if (has(FieldId::transfer_encoding)) {
    head.body = {.framing = head.version == Version::http_1_1 ? Framing::chunked : Framing::until_close};
  } else if (has(FieldId::content_length)) {
    head.body = {.framing = Framing::length, .length = length_};
  } else {
    head.body = {.framing = Framing::until_close};
  }
}

}  // namespace rota::http
