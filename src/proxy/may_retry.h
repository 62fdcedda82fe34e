// The only place that decides whether a failed attempt may be followed by another one.
#pragma once

#include "base/error.h"
#include "http/request_head.h"

namespace rota {

struct FailedAttempt {
  Error error;
  bool request_sent;        // a byte of the request may have reached the instance
  bool body_is_replayable;  // all of the body is at hand
  bool answered;            // a byte of an answer may have reached the client
};

// Nothing has been done twice, and the client has seen nothing: either no byte went out, or the method may be repeated (RFC 9110 section 9.2.2) and
// the whole request is still there to be repeated.
inline bool may_retry(const FailedAttempt& failed, http::Method method) {
  if (failed.answered || failed.error.blame == Blame::client) return false;
  switch (failed.error.code) {
    case ErrorCode::connect_refused:
    case ErrorCode::connect_timeout:
    case ErrorCode::connect_failed:
      return true;
    case ErrorCode::upstream_closed:
      return !failed.request_sent || (failed.body_is_replayable && http::is_idempotent(method));
    default:
      return false;
  }
}

}  // namespace rota
