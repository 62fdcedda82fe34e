#include "proxy/may_retry.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

using http::Method;

constexpr Method kMethods[] = {Method::get,     Method::head,    Method::post,  Method::put,  Method::delete_,
                               Method::options, Method::connect, Method::trace, Method::other};
constexpr int kCodes = static_cast<int>(ErrorCode::io) + 1;

FailedAttempt failed_with(ErrorCode code, Blame blame = Blame::upstream) {
  return {.error = {.code = code, .blame = blame}, .request_sent = false, .body_is_replayable = true, .answered = false};
}

bool is_connect_failure(ErrorCode code) {
  return code == ErrorCode::connect_refused || code == ErrorCode::connect_timeout || code == ErrorCode::connect_failed;
}

TEST(MayRetry, AnythingThatNeverReachedAnInstance) {
  for (const ErrorCode code : {ErrorCode::connect_refused, ErrorCode::connect_timeout, ErrorCode::connect_failed}) {
    for (const Method method : kMethods) {
      for (const bool replayable : {false, true}) {
        FailedAttempt failed = failed_with(code);
        failed.body_is_replayable = replayable;
        EXPECT_TRUE(may_retry(failed, method)) << static_cast<int>(code) << " " << static_cast<int>(method);
      }
    }
  }
}

struct Closed {
  Method method;
  bool request_sent, body_is_replayable, may;
};

TEST(MayRetry, AClosedConnectionOnlyWhereNothingCanHappenTwice) {
  const Closed cases[] = {
      {Method::get, false, true, true},     {Method::get, true, true, true},    {Method::get, true, false, false},
      {Method::get, false, false, true},    {Method::put, true, true, true},    {Method::delete_, true, true, true},
      {Method::put, true, false, false},    {Method::head, true, true, true},   {Method::options, true, true, true},
      {Method::post, false, true, true},    {Method::post, true, true, false},  {Method::post, true, false, false},
      {Method::post, false, false, true},   {Method::other, false, true, true}, {Method::other, true, true, false},
      {Method::connect, true, true, false},
  };
  for (const Closed& c : cases) {
    for (const bool reused : {false, true}) {  // a POST is not repeated on the strength of that alone
      FailedAttempt failed = failed_with(ErrorCode::upstream_closed);
      failed.error.reused = reused;
      failed.request_sent = c.request_sent;
      failed.body_is_replayable = c.body_is_replayable;
      EXPECT_EQ(may_retry(failed, c.method), c.may) << static_cast<int>(c.method) << c.request_sent << c.body_is_replayable;
    }
  }
}

TEST(MayRetry, NothingElse) {
  for (int i = 0; i < kCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (is_connect_failure(code) || code == ErrorCode::upstream_closed) continue;
    EXPECT_FALSE(may_retry(failed_with(code), Method::get)) << i;
  }
}

TEST(MayRetry, NothingThatTheClientHasSeenOrCaused) {
  for (int i = 0; i < kCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    FailedAttempt answered = failed_with(code);
    answered.answered = true;
    EXPECT_FALSE(may_retry(answered, Method::get)) << i;
    EXPECT_FALSE(may_retry(failed_with(code, Blame::client), Method::get)) << i;
  }
}

}  // namespace
}  // namespace rota
