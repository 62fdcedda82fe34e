#include "proxy/rescue.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"

namespace rota {
namespace {

struct Row {
  ErrorCode code;
  OwnResponse response;
};

constexpr std::string_view kBadRequest = "http_request_error";

// docs/errors.md tells the same to people.
constexpr std::array kRows{
    Row{ErrorCode::bad_request, {400, "Bad Request", "The request is malformed", kBadRequest}},
    Row{ErrorCode::request_timeout, {408, "Request Timeout", "The request did not come in time", kBadRequest}},
    Row{ErrorCode::method_not_allowed, {405, "Method Not Allowed", "The method is not allowed here", kBadRequest}},
    Row{ErrorCode::content_too_large, {413, "Content Too Large", "The request's body is too large", kBadRequest}},
    Row{ErrorCode::target_too_long, {414, "URI Too Long", "The request's target is too long", kBadRequest}},
    Row{ErrorCode::expectation_failed, {417, "Expectation Failed", "Only 100-continue can be expected", kBadRequest}},
    Row{ErrorCode::header_section_too_large,
        {431, "Request Header Fields Too Large", "The request's header section is too large", kBadRequest}},
    Row{ErrorCode::transfer_coding_unknown, {501, "Not Implemented", "The transfer coding is not known", kBadRequest}},
    Row{ErrorCode::version_not_supported, {505, "HTTP Version Not Supported", "Only HTTP/1.1 and HTTP/1.0 are spoken here", kBadRequest}},
    Row{ErrorCode::no_route, {404, "Not Found", "No route takes this request", "destination_not_found"}},
    Row{ErrorCode::no_instance, {503, "Service Unavailable", "No available instances", "destination_unavailable", 1}},
    Row{ErrorCode::connect_refused, {503, "Service Unavailable", "No available instances", "destination_unavailable", 1}},
    Row{ErrorCode::connect_timeout, {503, "Service Unavailable", "No available instances", "destination_unavailable", 1}},
    Row{ErrorCode::connect_failed, {503, "Service Unavailable", "No available instances", "destination_unavailable", 1}},
    Row{ErrorCode::status_retried, {503, "Service Unavailable", "No available instances", "destination_unavailable", 1}},
    Row{ErrorCode::all_busy, {503, "Service Unavailable", "Every instance is busy", "connection_limit_reached", 1}},
    Row{ErrorCode::instance_lost, {502, "Bad Gateway", "The instance went away before it answered", "connection_terminated"}},
    Row{ErrorCode::out_of_fds, {503, "Service Unavailable", "Too many connections", "connection_limit_reached", 1}},
    Row{ErrorCode::upstream_closed, {502, "Bad Gateway", "The instance closed the connection without an answer", "connection_terminated"}},
    Row{ErrorCode::response_malformed, {502, "Bad Gateway", "The instance's answer is malformed", "http_protocol_error"}},
    Row{ErrorCode::response_head_too_large,
        {502, "Bad Gateway", "The instance's header section is too large", "http_response_header_section_size"}},
    Row{ErrorCode::response_incomplete, {502, "Bad Gateway", "The instance's answer is incomplete", "http_response_incomplete"}},
    Row{ErrorCode::response_timeout, {504, "Gateway Timeout", "The instance did not answer in time", "http_response_timeout"}},
    Row{ErrorCode::stopped, {503, "Service Unavailable", "rota is shutting down", "destination_unavailable", 1}},
};

constexpr OwnResponse kUnforeseen{500, "Internal Server Error", "Something went wrong in rota", "proxy_internal_error"};

// What nobody is told, because the client is gone or its answer has begun.
struct Untold {
  ErrorCode code;
  std::string_view token;
};
constexpr std::array kUntold{
    Untold{ErrorCode::client_gone, "client_gone"},  // no token of RFC 9209: it knows only what a proxy tells a client
    Untold{ErrorCode::tunnel_timeout, "connection_read_timeout"},
};

}  // namespace

OwnResponse rescue(const Error& error) {
  for (const Row& row : kRows) {
    if (row.code == error.code) return row.response;
  }
  return kUnforeseen;
}

std::string_view error_token(const Error& error) {
  for (const Untold& row : kUntold) {
    if (row.code == error.code) return row.token;
  }
  return rescue(error).token;
}

// Title and token are the table's own, and a request id is hexadecimal digits: nothing here needs escaping.
std::string OwnResponse::body(std::string_view request_id) const {
  return fmt::format(R"({{"type":"about:blank","title":"{}","status":{},"error":"{}","request_id":"{}"}})"
                     "\n",
                     title, status, token, request_id);
}

std::string OwnResponse::http1(std::string_view request_id, bool close, bool with_body) const {
  const std::string document = body(request_id);
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "Proxy-Status: rota; error={}\r\nX-Request-Id: {}\r\n",
      status, reason, document.size(), token, request_id);
  if (status == 405) text += "Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n";
  if (retry_after != 0) text += fmt::format("Retry-After: {}\r\n", retry_after);
  if (close) text += "Connection: close\r\n";
  text += "\r\n";
  if (with_body) text += document;
  return text;
}

}  // namespace rota
