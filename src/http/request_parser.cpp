#include "http/request_parser.h"

#include <cstring>

#include "http/field_parser.h"
#include "http/target.h"
#include "http/text.h"
#include "http/upgrade.h"

namespace rota::http {
namespace {

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

// Whether `text` could still become a version; whole ones are looked at by read_request_line.
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
constexpr std::uint32_t kDropped = kHopByHop | field_set(FieldId::forwarded, FieldId::x_forwarded_for, FieldId::x_forwarded_host,
                                                         FieldId::x_forwarded_proto, FieldId::x_forwarded_port, FieldId::x_forwarded_more,
                                                         FieldId::x_real_ip, FieldId::x_request_id, FieldId::proxy, FieldId::twin);
// What read_per_hop looks at.
constexpr std::uint32_t kPerHop = field_set(FieldId::connection, FieldId::te, FieldId::expect);
// What note_field looks at.
constexpr std::uint32_t kNoted = field_set(FieldId::host, FieldId::content_length, FieldId::transfer_encoding, FieldId::expect);

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

// Its steps are one function to the machine: each of their own would save and restore as many registers as it has work.
[[gnu::flatten]] Result<bool> RequestParser::parse(std::string_view bytes, RequestHead& head) {
  const std::string_view within = bytes.substr(0, limits_.bytes);
  Step step = Step::next;
  if (stage_ == Stage::leading_lines) step = read_leading_lines(within);
  if (step == Step::next && stage_ == Stage::request_line) step = read_request_line(within, head);
  if (step == Step::next) step = read_fields(within, head);
  if (step == Step::next) step = finish(bytes, head);
  if (step == Step::more && bytes.size() >= limits_.bytes) step = too_long(within);
  if (step == Step::refused) return fail(why_, Blame::client);
  return step == Step::next;
}

[[gnu::noinline]] RequestParser::Step RequestParser::too_long(std::string_view within) {
  if (stage_ == Stage::fields) return refuse(ErrorCode::header_section_too_large);
  return refuse(within.substr(position_).contains(' ') ? ErrorCode::target_too_long : ErrorCode::bad_request);  // nobody has such a method
}

// RFC 9112 section 2.2: an empty line before the request line is forgiven, and a second one.
RequestParser::Step RequestParser::read_leading_lines(std::string_view bytes) {
  constexpr std::uint32_t kMost = 2;
  for (;;) {
    const std::string_view line = bytes.substr(position_);
    if (line.empty()) return Step::more;
    if (line[0] != '\r') [[likely]]
      break;
    if (line.size() == 1) return Step::more;
    if (line[1] != '\n' || position_ == 2 * kMost) return refuse();
    position_ += 2;
  }
  stage_ = Stage::request_line;
  return Step::next;
}

RequestParser::Step RequestParser::read_request_line(std::string_view bytes, RequestHead& head) {
  const char* const line = bytes.data() + position_;
  const char* const end = bytes.data() + bytes.size();
  begun_ = line < end;
  constexpr std::string_view kGet = "GET ";  // nearly all are
  const bool is_get = end - line >= 4 && std::memcmp(line, kGet.data(), kGet.size()) == 0;
  bool uncommon = false;
  const char* const method_end = is_get ? line + 3 : token_end(line, end, uncommon);
  if (method_end == end) return Step::more;
  if (method_end == line || *method_end != ' ') return refuse();

  const char* const target = method_end + 1;
  const char* target_end = plain_path_end(target, end);
  plain_target_ = target_end < end && *target_end == ' ' && *target == '/';
  if (!plain_target_) target_end += target_run({target_end, static_cast<std::size_t>(end - target_end)});
  if (target_end == end) return Step::more;
  if (target_end == target || *target_end != ' ') return refuse();

  const std::string_view version{target_end + 1, static_cast<std::size_t>(end - target_end - 1)};
  if (!begins_like_version(version)) return refuse();
  if (version.size() > kVersionSize && version[kVersionSize] != '\r') return refuse();
  if (version.size() < kVersionSize + 2) return Step::more;
  if (version[kVersionSize + 1] != '\n') return refuse();
  if (version[5] != '1') {  // HTTP/2's preface is a mistake of its sender, and no version that could be asked for here
    return refuse(std::string_view(line, 4) == "PRI " ? ErrorCode::bad_request : ErrorCode::version_not_supported);
  }

  method_ = {.at = position_, .size = static_cast<std::uint32_t>(method_end - line)};
  target_ = {.at = method_.at + method_.size + 1, .size = static_cast<std::uint32_t>(target_end - target)};
  head.method = is_get ? Method::get : method_of(method_.in(bytes));
  head.version = version[7] == '0' ? Version::http_1_0 : Version::http_1_1;
  position_ = target_.at + target_.size + 1 + kVersionSize + 2;
  stage_ = Stage::fields;
  head.fields.clear();
  return Step::next;
}

RequestParser::Step RequestParser::read_fields(std::string_view bytes, RequestHead& head) {
  const std::size_t next = head.fields.size();
  const Lines lines = read_field_lines(bytes, position_, head.fields, limits_.fields);
  for (Field *field = head.fields.begin() + next, *const end = head.fields.end(); field != end; ++field) {
    const FieldId id = identify(bytes, *field);
    if (id == FieldId::other) continue;
    field->dropped = is_in(kDropped, id);
    if (is_in(kNoted, id) && note_field(*field, {bytes.data() + field->value_at, field->value_size}) == Step::refused) return Step::refused;
    seen_ |= field_set(id);
  }
  if (lines == Lines::end) [[likely]]
    return Step::next;
  if (lines == Lines::more) return Step::more;
  return refuse(lines == Lines::too_many ? ErrorCode::header_section_too_large : ErrorCode::bad_request);
}

bool RequestParser::is_well_formed_host(std::string_view host) {
  if (memo_ == nullptr) return is_host(host);
  if (memo_->is(host)) [[likely]]
    return true;
  if (!is_host(host)) return false;
  memo_->keep(host);
  return true;
}

// What a single line decides, or makes invalid at once.
RequestParser::Step RequestParser::note_field(const Field& field, std::string_view value) {
  switch (field.id) {
    case FieldId::host:
      if (has(FieldId::host) || !is_well_formed_host(value)) return refuse();
      host_ = {.at = field.value_at, .size = field.value_size};
      return Step::next;
    case FieldId::content_length: {
      const auto length = read_content_length(value);
      if (has(FieldId::content_length) || !length) return refuse();
      length_ = *length;
      return Step::next;
    }
    case FieldId::transfer_encoding:
      coding_ = read_transfer_encoding(value);
      return has(FieldId::transfer_encoding) || coding_ == TransferCoding::invalid ? refuse() : Step::next;
    case FieldId::expect:
      (equals_lower(value, "100-continue") ? expects_continue_ : has_unknown_expectation_) = true;
      return Step::next;
    default:
      return Step::next;
  }
}

RequestParser::Step RequestParser::finish(std::string_view bytes, RequestHead& head) {
  head.fields.base = bytes.data();
  head.fields.end_at = position_ - 2;
  head.method_text = method_.in(bytes);
  if (decide_target(bytes, head) == Step::refused || decide_host(bytes, head) == Step::refused || decide_body(head) == Step::refused) {
    return Step::refused;
  }
  if (head.version == Version::http_1_1 && has_unknown_expectation_) return refuse(ErrorCode::expectation_failed);
  head.expects_continue = expects_continue_ && head.version == Version::http_1_1 && head.body.framing != Framing::none;
  head.takes_trailers = false;
  head.upgrade = {};
  head.keep_alive = head.version == Version::http_1_1;
  if ((seen_ & kPerHop) == 0) return Step::next;
  return read_per_hop(head);
}

// Not inlined, as it has a frame of its own.
[[gnu::noinline]] RequestParser::Step RequestParser::read_per_hop(RequestHead& head) {
  ConnectionOptions connection;
  for (Field& field : head.fields) {
    const std::string_view value = head.fields.value(field);
    if (field.id == FieldId::connection && !connection.read(value)) return refuse();
    if (field.id == FieldId::te) head.takes_trailers = head.takes_trailers || lists_trailers(value);
    if (field.id == FieldId::expect) field.dropped = !head.expects_continue;  // 1.0 knows no Expect; without a body nothing waits for one
  }
  drop_listed(head.fields, connection);
  if (connection.upgrade) head.upgrade = asked_protocol(head);
  head.keep_alive = !connection.close && (head.keep_alive || connection.keep_alive);
  return Step::next;
}

// Leaves in `host` the authority of an absolute-form.
RequestParser::Step RequestParser::decide_target(std::string_view bytes, RequestHead& head) {
  if (head.method == Method::connect) {
    const bool has_body = has(FieldId::transfer_encoding) || length_ > 0;
    return refuse(has_body ? ErrorCode::bad_request : ErrorCode::method_not_allowed);
  }
  Target target{.path = target_.in(bytes), .query = {}, .authority = {}};
  if (!plain_target_) {
    const auto parsed = parse_target(target.path);
    if (!parsed || (parsed->path == "*" && head.method != Method::options)) return refuse();
    target = *parsed;
  }
  if (head.method == Method::trace) return refuse(ErrorCode::method_not_allowed);
  head.path = target.path;
  head.query = target.query;
  head.host = target.authority;
  return Step::next;
}

// RFC 9112 section 3.2.
RequestParser::Step RequestParser::decide_host(std::string_view bytes, RequestHead& head) {
  head.has_host_line = has(FieldId::host);
  if (!head.has_host_line) return head.version == Version::http_1_1 ? refuse() : Step::next;
  const std::string_view host = host_.in(bytes);
  if (!head.host.empty() && !equals_without_case(head.host, host)) return refuse();
  head.host = host;  // the field's spelling is what is forwarded
  return Step::next;
}

RequestParser::Step RequestParser::decide_body(RequestHead& head) {
  head.body = {};
  if (has(FieldId::transfer_encoding)) {
    if (has(FieldId::content_length) || head.version == Version::http_1_0) return refuse();
    if (coding_ == TransferCoding::unknown) return refuse(ErrorCode::transfer_coding_unknown);
    head.body.framing = Framing::chunked;
  } else if (has(FieldId::content_length)) {
    head.body = {.framing = Framing::length, .length = length_};
  }
  return Step::next;
}

}  // namespace rota::http
