#include "http/request_parser.h"

#include <cstring>

#include "http/field_parser.h"
#include "http/target.h"
#include "http/text.h"
#include "http/upgrade.h"

namespace rota::http {
namespace {

std::unexpected<Error> refused(ErrorCode code = ErrorCode::bad_request) { return fail(code, Blame::client); }

Method method_of(std::string_view text) {
  switch (text.size()) {
    case 3:
      return text == "GET" ? Method::get : text == "PUT" ? Method::put : Method::other;
    case 4:
      return text == "POST" ? Method::post : text == "HEAD" ? Method::head : Method::other;
    case 5:
      return text == "TRACE" ? Method::trace : Method::other;
    case 6:
      return text == "DELETE" ? Method::delete_ : Method::other;
    case 7:
      return text == "OPTIONS" ? Method::options : text == "CONNECT" ? Method::connect : Method::other;
    default:
      return Method::other;
  }
}

constexpr std::size_t kVersionSize = 8;  // HTTP/1.1

// Whether `text` could still become a version; complete ones are looked at by read_version.
bool begins_like_version(std::string_view text) {
  if (text.size() >= kVersionSize && std::memcmp(text.data(), "HTTP/1.1", kVersionSize) == 0) [[likely]]
    return true;
  constexpr std::string_view kShape = "HTTP/d.d";
  for (std::size_t i = 0; i < text.size() && i < kVersionSize; ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return false;
  }
  return true;
}

// What never passes: what concerns this connection only, and what an instance would believe, because it is rota's to say.
constexpr std::uint32_t kDropped =
    kHopByHop | field_set(FieldId::forwarded, FieldId::x_forwarded_for, FieldId::x_forwarded_host, FieldId::x_forwarded_proto,
                          FieldId::x_forwarded_port, FieldId::x_forwarded_more, FieldId::x_real_ip, FieldId::x_request_id, FieldId::proxy,
                          FieldId::underscore_twin);
// What read_per_hop looks at.
constexpr std::uint32_t kPerHop = field_set(FieldId::connection, FieldId::te, FieldId::expect);

// TE concerns this hop alone; that trailers are welcome is said again to the instance by the writer.
bool lists_trailers(std::string_view te) {
  bool found = false;
  for_each_in_list(te, [&found](std::string_view coding) {
    found = found || equals_lower(coding, "trailers");
    return true;
  });
  return found;
}

}  // namespace

Result<bool> RequestParser::parse(std::string_view bytes, RequestHead& head) {
  const std::string_view within = bytes.substr(0, limits_.bytes);
  Result<Step> step = Step::next;
  if (stage_ == Stage::leading_lines) step = read_leading_lines(within);
  if (step && *step == Step::next && stage_ == Stage::request_line) step = read_request_line(within, head);
  if (step && *step == Step::next) step = read_fields(within, head);
  if (!step) return std::unexpected(step.error());
  if (*step == Step::more) {
    if (bytes.size() < limits_.bytes) return false;
    if (stage_ == Stage::fields) return refused(ErrorCode::header_section_too_large);
    return refused(within.substr(position_).contains(' ') ? ErrorCode::target_too_long
                                                          : ErrorCode::bad_request);  // nobody has such a method
  }
  if (const Result<void> finished = finish(bytes, head); !finished) return std::unexpected(finished.error());
  return true;
}

// RFC 9112 section 2.2: an empty line before the request line is forgiven, and a second one.
Result<RequestParser::Step> RequestParser::read_leading_lines(std::string_view bytes) {
  constexpr std::uint32_t kMost = 2;
  for (;;) {
    const std::string_view line = bytes.substr(position_);
    if (line.empty()) return Step::more;
    if (line[0] != '\r') break;
    if (line.size() == 1) return Step::more;
    if (line[1] != '\n' || position_ == 2 * kMost) return refused();
    position_ += 2;
  }
  stage_ = Stage::request_line;
  return Step::next;
}

Result<RequestParser::Step> RequestParser::read_request_line(std::string_view bytes, RequestHead& head) {
  const std::string_view line = bytes.substr(position_);
  begun_ = !line.empty();
  bool uncommon = false;
  const auto method_size = static_cast<std::size_t>(token_end(line.data(), line.data() + line.size(), uncommon) - line.data());
  if (method_size == line.size()) return Step::more;
  if (method_size == 0 || line[method_size] != ' ') return refused();

  const std::string_view from_target = line.substr(method_size + 1);
  const std::size_t target_size = target_run(from_target);
  if (target_size == from_target.size()) return Step::more;
  if (target_size == 0 || from_target[target_size] != ' ') return refused();

  const std::string_view from_version = from_target.substr(target_size + 1);
  if (!begins_like_version(from_version)) return refused();
  if (from_version.size() > kVersionSize && from_version[kVersionSize] != '\r') return refused();
  if (from_version.size() < kVersionSize + 2) return Step::more;
  if (from_version[kVersionSize + 1] != '\n') return refused();
  if (from_version[5] != '1') {  // HTTP/2's preface is a mistake of its sender, and no version that could be asked for here
    return refused(line.starts_with("PRI ") ? ErrorCode::bad_request : ErrorCode::version_not_supported);
  }

  head.method = method_of(line.substr(0, method_size));
  head.version = from_version[7] == '0' ? Version::http_1_0 : Version::http_1_1;
  method_ = {.at = position_, .size = static_cast<std::uint32_t>(method_size)};
  target_ = {.at = position_ + method_.size + 1, .size = static_cast<std::uint32_t>(target_size)};
  position_ = target_.at + target_.size + 1 + kVersionSize + 2;
  stage_ = Stage::fields;
  head.fields.clear();
  return Step::next;
}

Result<RequestParser::Step> RequestParser::read_fields(std::string_view bytes, RequestHead& head) {
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
        field.dropped = is_in(kDropped, field.id);
        has_per_hop_ = has_per_hop_ || is_in(kPerHop, field.id);
        if (head.fields.size() >= limits_.fields || !head.fields.commit()) return refused(ErrorCode::header_section_too_large);
        if (field.id == FieldId::other) break;
        if (const Result<void> noted = note_field(field, bytes.substr(field.value_at, field.value_size)); !noted) {
          return std::unexpected(noted.error());
        }
    }
  }
}

// What a single line decides, or makes invalid at once.
Result<void> RequestParser::note_field(const Field& field, std::string_view value) {
  switch (field.id) {
    case FieldId::host:
      if (hosts_++ != 0 || !is_host(value)) return refused();
      host_ = {.at = field.value_at, .size = field.value_size};
      return {};
    case FieldId::content_length: {
      const auto length = read_content_length(value);
      if (has_length_ || !length) return refused();
      has_length_ = true;
      length_ = *length;
      return {};
    }
    case FieldId::transfer_encoding:
      coding_ = read_transfer_encoding(value);
      if (has_coding_ || coding_ == TransferCoding::invalid) return refused();
      has_coding_ = true;
      return {};
    case FieldId::expect:
      if (equals_lower(value, "100-continue")) {
        expects_continue_ = true;
      } else {
        has_unknown_expectation_ = true;
      }
      return {};
    default:
      return {};
  }
}

Result<void> RequestParser::finish(std::string_view bytes, RequestHead& head) {
  head.fields.base = bytes.data();
  head.fields.end_at = position_ - 2;
  head.method_text = method_.in(bytes);
  if (const Result<void> host = decide_host(bytes, head); !host) return host;
  if (const Result<void> body = decide_body(head); !body) return body;
  if (head.version == Version::http_1_1 && has_unknown_expectation_) return refused(ErrorCode::expectation_failed);
  head.expects_continue = expects_continue_ && head.version == Version::http_1_1 && head.body.framing != Framing::none;

  ConnectionOptions connection;
  head.takes_trailers = false;
  head.upgrade = {};
  if (has_per_hop_) {
    if (const Result<void> read = read_per_hop(head, connection); !read) return read;
  }
  head.keep_alive = !connection.close && (head.version == Version::http_1_1 || connection.keep_alive);
  return {};
}

Result<void> RequestParser::read_per_hop(RequestHead& head, ConnectionOptions& connection) const {
  for (Field& field : head.fields) {
    const std::string_view value = head.fields.value(field);
    if (field.id == FieldId::connection && !connection.read(value)) return refused();
    if (field.id == FieldId::te) head.takes_trailers = head.takes_trailers || lists_trailers(value);
    if (field.id == FieldId::expect) field.dropped = !head.expects_continue;  // 1.0 knows no Expect; without a body nothing waits for one
  }
  drop_listed(head.fields, connection);
  if (connection.upgrade) head.upgrade = asked_protocol(head);
  return {};
}

Result<void> RequestParser::decide_host(std::string_view bytes, RequestHead& head) const {
  const std::string_view text = target_.in(bytes);
  if (head.method == Method::connect) return refused(has_coding_ || length_ > 0 ? ErrorCode::bad_request : ErrorCode::method_not_allowed);
  const auto target = parse_target(text);
  if (!target || (target->path == "*" && head.method != Method::options)) return refused();
  if (head.method == Method::trace) return refused(ErrorCode::method_not_allowed);
  if (hosts_ == 0 && head.version == Version::http_1_1) return refused();
  head.host = host_.in(bytes);
  head.has_host_line = hosts_ != 0;
  if (!target->authority.empty()) {
    if (hosts_ != 0 && !equals_without_case(target->authority, head.host)) return refused();
    if (hosts_ == 0) head.host = target->authority;  // else the field's spelling is what is forwarded
  }
  head.path = target->path;
  head.query = target->query;
  return {};
}

Result<void> RequestParser::decide_body(RequestHead& head) const {
  head.body = {};
  if (has_coding_) {
    if (has_length_ || head.version == Version::http_1_0) return refused();
    if (coding_ == TransferCoding::unknown) return refused(ErrorCode::transfer_coding_unknown);
    head.body.framing = Framing::chunked;
  } else if (has_length_) {
    head.body = {.framing = Framing::length, .length = length_};
  }
  return {};
}

}  // namespace rota::http
