// An answer of HttpServer, and how it is written.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/request_head.h"

namespace rota {

struct ServedAnswer {
  std::uint16_t status = 200;  // a final one
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> fields = {};  // besides Content-Type, Content-Length and Connection; free of CR and LF
};

// It says nothing but its status, as application/problem+json (RFC 9457).
ServedAnswer problem_answer(std::uint16_t status);
// What the client did wrong, as a status; 500: nothing that a client does.
std::uint16_t status_of(ErrorCode code);

// Its status, type and fields may stand in a head, and frame nothing: otherwise it would be read as something else than was meant.
bool is_sendable(const ServedAnswer& answer);
// All of it, as HTTP/1.1, for a sendable one. To a HEAD without the body.
std::string http1(const ServedAnswer& answer, const http::RequestHead& request, bool close);

}  // namespace rota
