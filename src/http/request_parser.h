// Reads a request head (RFC 9112), strictly and in one pass that validates and finds at the same time. Sans-IO: it is handed the bytes that came so
// far, and goes on from the line it had reached. Splitting the bytes anywhere changes nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "http/host_memo.h"
#include "http/message.h"
#include "http/request_head.h"

namespace rota::http {

class RequestParser {
 public:
  // `memo` outlives it; null: there is none.
  explicit RequestParser(const HeadLimits& limits, HostMemo* memo = nullptr) : limits_(limits), memo_(memo) {}

  // `bytes`: from the head's first byte on, those of the call before and what came since; kScanSlack bytes behind them are readable. True: the head
  // is whole, `head` is filled and points into `bytes`, and size() bytes belong to it. False: more is needed. An error is the client's (400, 414,
  // 417, 431, 501, 505), and final.
  Result<bool> parse(std::string_view bytes, RequestHead& head);

  std::size_t size() const { return position_; }
  // Of a head that did not become one, what there is of its first line, for a log: the method, and the target as it was sent, where it is a path (another could
  // hold a password). `bytes`: as parse() had them last.
  void describe(std::string_view bytes, RequestHead& head) const {
    head.method_text = method_.in(bytes);
    const std::string_view target = target_.in(bytes);
    if (target.starts_with('/')) head.path = target;
  }
  // More than empty lines have come: a slow request, not an idle connection.
  bool has_begun() const { return begun_; }

 private:
  enum class Stage : std::uint8_t { leading_lines, request_line, fields };
  // `refused`: why_ says with what.
  enum class Step : std::uint8_t { more, next, refused };

  Step refuse(ErrorCode why = ErrorCode::bad_request) {
    why_ = why;
    return Step::refused;
  }
  Step read_leading_lines(std::string_view bytes);
  Step read_request_line(std::string_view bytes, RequestHead& head);
  Step read_fields(std::string_view bytes, RequestHead& head);
  Step note_field(const Field& field, std::string_view value);
  Step too_long(std::string_view within);
  Step finish(std::string_view bytes, RequestHead& head);
  Step read_per_hop(RequestHead& head);
  bool is_well_formed_host(std::string_view host);
  Step decide_target(std::string_view bytes, RequestHead& head);
  Step decide_host(std::string_view bytes, RequestHead& head);
  Step decide_body(RequestHead& head);
  bool has(FieldId id) const { return is_in(seen_, id); }

  struct Place {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
    std::string_view in(std::string_view bytes) const { return {bytes.data() + at, size}; }
  };

  HeadLimits limits_;
  HostMemo* const memo_;
  std::uint32_t position_ = 0;
  std::uint32_t seen_ = 0;  // the known fields there were, as a set
  Stage stage_ = Stage::leading_lines;
  ErrorCode why_ = ErrorCode::bad_request;
  bool begun_ = false;
  bool plain_target_ = false;  // its bytes alone say that it is a path, without a query
  TransferCoding coding_ = TransferCoding::invalid;
  bool expects_continue_ = false;
  bool has_unknown_expectation_ = false;
  Place method_;
  Place target_;
  Place host_;
  std::uint64_t length_ = 0;
};

}  // namespace rota::http
