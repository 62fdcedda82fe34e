// The only place that decides whether a failed attempt may be followed by another one.
#pragma once

#include <optional>

#include "base/error.h"
#include "http/request_head.h"
#include "model/settings.h"

namespace rota {

struct FailedAttempt {
  Error error;
  std::uint16_t status;     // of an answer that says so itself; 0: there was none
  bool request_sent;        // a byte of the request may have reached the instance
  bool body_is_replayable;  // all of the body is at hand
  bool answered;            // a byte of an answer may have reached the client
};

// What retry.on calls it; nullopt: nothing that another instance could do better.
constexpr std::optional<RetryOn> retry_reason(const FailedAttempt& failed) {
  switch (failed.error.code) {
    case ErrorCode::connect_refused:
    case ErrorCode::connect_timeout:
    case ErrorCode::connect_failed:
      return RetryOn::connect;
    case ErrorCode::upstream_closed:
    case ErrorCode::instance_lost:
      return RetryOn::reset;
    case ErrorCode::response_timeout:
      return RetryOn::timeout;
    case ErrorCode::status_retried:
      if (failed.status == 502) return RetryOn::status_502;
      if (failed.status == 503) return RetryOn::status_503;
      if (failed.status == 504) return RetryOn::status_504;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

// Nothing would be done twice, and the client has seen nothing: either no byte went out, or the method may be repeated (RFC 9110 section 9.2.2) and
// the whole request is still there to be repeated.
constexpr bool is_safe_to_repeat(const FailedAttempt& failed, http::Method method) {
  if (failed.answered || failed.error.blame == Blame::client || !retry_reason(failed)) return false;
  return !failed.request_sent || (failed.body_is_replayable && http::is_idempotent(method));
}

// The instance answered, or took its time: what comes behind that uses up retry.attempts and the service's budget. Who could not be connected to, or went away,
// has done nothing for the request; so there are at most as many of those attempts as instances.
constexpr bool is_charged(const Error& error) {
  return error.code == ErrorCode::response_timeout || error.code == ErrorCode::status_retried;
}

// `charged`: attempts so far that were. Whether the budget has room is asked behind this.
constexpr bool may_retry(const FailedAttempt& failed, http::Method method, const RetrySettings& settings, std::uint64_t charged) {
  if (!is_safe_to_repeat(failed, method) || !settings.is_on(*retry_reason(failed))) return false;
  return !is_charged(failed.error) || charged < settings.attempts;
}

}  // namespace rota
