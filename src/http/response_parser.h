// Reads a response head (RFC 9112), as strictly as a request's: an instance is no more trusted with framing than a client is.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "http/message.h"
#include "http/request_head.h"
#include "http/response_head.h"

namespace rota::http {

class ResponseParser {
 public:
  // `method`: of the request that it answers; it decides whether there is a body.
  ResponseParser(const HeadLimits& limits, Method method) : limits_(limits), method_(method) {}

  // As RequestParser::parse; an error is the instance's: response_malformed or response_head_too_large.
  Result<bool> parse(std::string_view bytes, ResponseHead& head);

  std::size_t size() const { return position_; }
  // Ready for the next head on the same connection, behind an interim one.
  void restart() { *this = ResponseParser(limits_, method_); }

 private:
  // `refused`: why_ says with what.
  enum class Step : std::uint8_t { more, next, refused };

  Step refuse(ErrorCode why = ErrorCode::response_malformed) {
    why_ = why;
    return Step::refused;
  }
  Step read_status_line(std::string_view bytes, ResponseHead& head);
  Step read_fields(std::string_view bytes, ResponseHead& head);
  Step note_field(FieldId id, std::string_view value);
  Step finish(std::string_view bytes, ResponseHead& head);
  Step read_connection(ResponseHead& head);
  void decide_body(ResponseHead& head) const;
  bool has(FieldId id) const { return is_in(seen_, id); }

  HeadLimits limits_;
  Method method_;
  ErrorCode why_ = ErrorCode::response_malformed;
  bool in_fields_ = false;
  std::uint32_t seen_ = 0;  // the known fields there were, as a set
  std::uint32_t position_ = 0;
  std::uint32_t status_size_ = 0;
  std::uint64_t length_ = 0;
};

}  // namespace rota::http
