#include "net/served_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "http/text.h"

namespace rota {
namespace {

struct Reason {
  std::uint16_t status;
  std::string_view text;
};
constexpr std::array kReasons{
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{204, "No Content"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Found"},
    Reason{303, "See Other"},
    Reason{304, "Not Modified"},
    Reason{307, "Temporary Redirect"},
    Reason{308, "Permanent Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{406, "Not Acceptable"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{412, "Precondition Failed"},
    Reason{413, "Content Too Large"},
    Reason{414, "URI Too Long"},
    Reason{415, "Unsupported Media Type"},
    Reason{417, "Expectation Failed"},
    Reason{421, "Misdirected Request"},
    Reason{422, "Unprocessable Content"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{503, "Service Unavailable"},
    Reason{505, "HTTP Version Not Supported"},
};

// A status line does without one (RFC 9112 section 4).
std::string_view reason_of(std::uint16_t status) {
  const auto* const row = std::ranges::find(kReasons, status, &Reason::status);
  return row == kReasons.end() ? std::string_view{} : row->text;
}

bool is_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

// The server's own, and what would frame the body a second time.
bool is_reserved(std::string_view name) {
  constexpr std::array kReserved{std::string_view{"content-type"}, std::string_view{"content-length"}, std::string_view{"connection"},
                                 std::string_view{"transfer-encoding"}};
  return std::ranges::any_of(kReserved, [name](std::string_view reserved) { return http::equals_lower(name, reserved); });
}

bool has_body(std::uint16_t status) { return status != 204 && status != 304; }

}  // namespace

ServedAnswer problem_answer(std::uint16_t status) {
  return {.status = status,
          .content_type = "application/problem+json",
          .body = fmt::format(R"({{"type":"about:blank","title":"{}","status":{}}})"
                              "\n",
                              reason_of(status), status)};
}

std::uint16_t status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_request:
      return 400;
    case ErrorCode::method_not_allowed:
      return 405;
    case ErrorCode::request_timeout:
      return 408;
    case ErrorCode::content_too_large:
      return 413;
    case ErrorCode::target_too_long:
      return 414;
    case ErrorCode::expectation_failed:
      return 417;
    case ErrorCode::header_section_too_large:
      return 431;
    case ErrorCode::transfer_coding_unknown:
      return 501;
    case ErrorCode::version_not_supported:
      return 505;
    default:
      return 500;
  }
}

bool is_sendable(const ServedAnswer& answer) {
  if (answer.status < 200 || answer.status > 599 || answer.content_type.empty() || !is_value(answer.content_type)) return false;
  return std::ranges::all_of(
      answer.fields, [](const auto& field) { return http::is_token(field.first) && is_value(field.second) && !is_reserved(field.first); });
}

std::string http1(const ServedAnswer& answer, const http::RequestHead& request, bool close) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, reason_of(answer.status));
  if (has_body(answer.status)) {
    text += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", answer.content_type, answer.body.size());
  }
  text += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  for (const auto& [name, value] : answer.fields) text += fmt::format("{}: {}\r\n", name, value);
  if (close) {
    text += "Connection: close\r\n";
  } else if (request.version == http::Version::http_1_0) {
    text += "Connection: keep-alive\r\n";
  }
  text += "\r\n";
  if (has_body(answer.status) && request.method != http::Method::head) text += answer.body;
  return text;
}

}  // namespace rota
