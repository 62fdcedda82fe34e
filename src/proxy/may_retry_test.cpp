#include "proxy/may_retry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

namespace rota {
namespace {

using http::Method;

constexpr Method kMethods[] = {Method::get,     Method::head,    Method::post,  Method::put,  Method::delete_,
                               Method::options, Method::connect, Method::trace, Method::other};
constexpr RetrySettings kAll{};
constexpr int kCodes = static_cast<int>(ErrorCode::io) + 1;

FailedAttempt failed_with(ErrorCode code, Blame blame = Blame::upstream) {
  return {.error = {.code = code, .blame = blame}, .status = 0, .request_sent = false, .body_is_replayable = true, .answered = false};
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
        EXPECT_TRUE(may_retry(failed, method, kAll, 1)) << static_cast<int>(code) << " " << static_cast<int>(method);
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
      EXPECT_EQ(may_retry(failed, c.method, kAll, 1), c.may) << static_cast<int>(c.method) << c.request_sent << c.body_is_replayable;
    }
  }
}

constexpr ErrorCode kOfInstances[] = {ErrorCode::upstream_closed, ErrorCode::instance_lost, ErrorCode::response_timeout};

TEST(MayRetry, NothingElse) {
  for (int i = 0; i < kCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (is_connect_failure(code) || std::ranges::find(kOfInstances, code) != std::end(kOfInstances)) continue;
    EXPECT_FALSE(may_retry(failed_with(code), Method::get, kAll, 1)) << i;
  }
}

TEST(MayRetry, ATimeoutOrALostInstanceOnlyWhereNothingCanHappenTwice) {
  for (const ErrorCode code : kOfInstances) {
    FailedAttempt failed = failed_with(code);
    failed.request_sent = true;
    EXPECT_TRUE(may_retry(failed, Method::put, kAll, 1));
    EXPECT_FALSE(may_retry(failed, Method::post, kAll, 1));
    failed.body_is_replayable = false;
    EXPECT_FALSE(may_retry(failed, Method::put, kAll, 1));
  }
}

TEST(MayRetry, ThreeStatusesAndNoOther) {
  for (std::uint16_t status = 100; status < 600; ++status) {
    FailedAttempt failed = failed_with(ErrorCode::status_retried);
    failed.status = status;
    failed.request_sent = true;
    EXPECT_EQ(may_retry(failed, Method::get, kAll, 1), status == 502 || status == 503 || status == 504) << status;
    EXPECT_FALSE(may_retry(failed, Method::post, kAll, 1)) << status;
  }
}

struct Reason {
  RetryOn reason;
  ErrorCode code;
  std::uint16_t status;
};

TEST(MayRetry, OnlyWhatRetryOnNames) {
  const Reason reasons[] = {{RetryOn::connect, ErrorCode::connect_refused, 0},     {RetryOn::reset, ErrorCode::upstream_closed, 0},
                            {RetryOn::timeout, ErrorCode::response_timeout, 0},    {RetryOn::status_502, ErrorCode::status_retried, 502},
                            {RetryOn::status_503, ErrorCode::status_retried, 503}, {RetryOn::status_504, ErrorCode::status_retried, 504}};
  for (const Reason& named : reasons) {
    RetrySettings settings;
    settings.on = static_cast<std::uint8_t>(1U << static_cast<unsigned>(named.reason));
    for (const Reason& reason : reasons) {
      FailedAttempt failed = failed_with(reason.code);
      failed.status = reason.status;
      EXPECT_EQ(may_retry(failed, Method::get, settings, 1), named.reason == reason.reason);
    }
  }
}

TEST(MayRetry, AnswersAndTimeoutsAsOftenAsAttemptsAllowAndTheRestForAsLongAsThereIsSomebody) {
  const RetrySettings two{.attempts = 2};
  FailedAttempt answered = failed_with(ErrorCode::status_retried);
  answered.status = 503;
  for (const FailedAttempt& failed : {answered, failed_with(ErrorCode::response_timeout)}) {
    EXPECT_TRUE(may_retry(failed, Method::get, two, 1));
    EXPECT_FALSE(may_retry(failed, Method::get, two, 2));
  }
  for (const ErrorCode code : {ErrorCode::connect_refused, ErrorCode::upstream_closed, ErrorCode::instance_lost}) {
    EXPECT_TRUE(may_retry(failed_with(code), Method::get, two, 100));
  }
}

TEST(MayRetry, NothingThatTheClientHasSeenOrCaused) {
  for (int i = 0; i < kCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    FailedAttempt answered = failed_with(code);
    answered.answered = true;
    EXPECT_FALSE(may_retry(answered, Method::get, kAll, 1)) << i;
    EXPECT_FALSE(may_retry(failed_with(code, Blame::client), Method::get, kAll, 1)) << i;
  }
}

}  // namespace
}  // namespace rota
