#include "proxy/rescue.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "http/padded.h"
#include "http/response_parser.h"

namespace rota {
namespace {

constexpr std::string_view kId = "0198c0de-0000-7000-8000-000000000001";

struct Row {
  ErrorCode code;
  int status;
  std::string_view token;
};

// RFC 9209 section 2.3: which token says what, and the status that goes with it.
constexpr Row kRows[] = {
    {ErrorCode::bad_request, 400, "http_request_error"},
    {ErrorCode::request_timeout, 408, "http_request_error"},
    {ErrorCode::method_not_allowed, 405, "http_request_error"},
    {ErrorCode::content_too_large, 413, "http_request_error"},
    {ErrorCode::target_too_long, 414, "http_request_error"},
    {ErrorCode::expectation_failed, 417, "http_request_error"},
    {ErrorCode::header_section_too_large, 431, "http_request_error"},
    {ErrorCode::transfer_coding_unknown, 501, "http_request_error"},
    {ErrorCode::version_not_supported, 505, "http_request_error"},
    {ErrorCode::no_route, 404, "destination_not_found"},
    {ErrorCode::no_instance, 503, "destination_unavailable"},
    {ErrorCode::connect_refused, 503, "destination_unavailable"},
    {ErrorCode::connect_timeout, 503, "destination_unavailable"},
    {ErrorCode::connect_failed, 503, "destination_unavailable"},
    {ErrorCode::upstream_closed, 502, "connection_terminated"},
    {ErrorCode::response_timeout, 504, "http_response_timeout"},
    {ErrorCode::response_malformed, 502, "http_protocol_error"},
    {ErrorCode::response_head_too_large, 502, "http_response_header_section_size"},
    {ErrorCode::response_incomplete, 502, "http_response_incomplete"},
    {ErrorCode::instance_lost, 502, "connection_terminated"},
    {ErrorCode::status_retried, 503, "destination_unavailable"},
    {ErrorCode::all_busy, 503, "connection_limit_reached"},
    {ErrorCode::out_of_fds, 503, "connection_limit_reached"},
    {ErrorCode::stopped, 503, "destination_unavailable"},
};

constexpr int kCodes = static_cast<int>(ErrorCode::io) + 1;

TEST(Rescue, HasAnAnswerOfItsOwnForEveryErrorThatReachesAClient) {
  for (const Row& row : kRows) {
    const OwnResponse response = rescue({.code = row.code});
    EXPECT_EQ(response.status, row.status) << static_cast<int>(row.code);
    EXPECT_EQ(response.token, row.token) << static_cast<int>(row.code);
    EXPECT_FALSE(response.reason.empty());
    EXPECT_FALSE(response.title.empty());
  }
}

// All codes before those that nobody is told are a request's, and what a client is told.
TEST(Rescue, ForgetsNoCodeOfARequest) {
  std::set<ErrorCode> known;
  for (const Row& row : kRows) known.insert(row.code);
  for (int i = 0; i < static_cast<int>(ErrorCode::client_gone); ++i) EXPECT_TRUE(known.contains(static_cast<ErrorCode>(i))) << i;
}

TEST(Rescue, TakesTheBlameForWhatNobodyForesaw) {
  for (const ErrorCode code :
       {ErrorCode::end_of_stream, ErrorCode::timed_out, ErrorCode::reset, ErrorCode::refused, ErrorCode::unreachable, ErrorCode::io}) {
    EXPECT_EQ(rescue({.code = code}).status, 500) << static_cast<int>(code);
    EXPECT_EQ(rescue({.code = code}).token, "proxy_internal_error");
  }
}

TEST(Rescue, SaysWhenToComeAgainWhereItIsWorthAnotherTry) {
  for (int i = 0; i < kCodes; ++i) {
    const OwnResponse response = rescue({.code = static_cast<ErrorCode>(i)});
    EXPECT_EQ(response.retry_after > 0, response.status == 503) << i;
  }
}

struct Parsed {
  http::ResponseHead head;
  std::map<std::string, std::string, std::less<>> fields;
  std::string_view body;
};

// Parses what a client would get as rota itself would parse an instance's answer.
Parsed parse(const http::Padded& text, http::Method method) {
  Parsed parsed;
  http::ResponseParser parser({}, method);
  EXPECT_EQ(parser.parse(text.view(), parsed.head), true) << text.view();
  for (const http::Field& field : parsed.head.fields) {
    const auto [at, added] = parsed.fields.emplace(parsed.head.fields.name(field), parsed.head.fields.value(field));
    EXPECT_TRUE(added) << at->first << " is there twice";
  }
  parsed.body = text.view().substr(parser.size());
  return parsed;
}

TEST(OwnResponse, IsAProblemDocumentThatSaysItAll) {
  for (int i = 0; i < kCodes; ++i) {
    const OwnResponse response = rescue({.code = static_cast<ErrorCode>(i)});
    const auto document = nlohmann::json::parse(response.body(kId), nullptr, false);
    ASSERT_TRUE(document.is_object()) << response.body(kId);
    EXPECT_EQ(document, (nlohmann::json{{"type", "about:blank"},
                                        {"title", response.title},
                                        {"status", response.status},
                                        {"error", response.token},
                                        {"request_id", kId}}));
  }
}

TEST(OwnResponse, IsAWholeResponse) {
  for (int i = 0; i < kCodes; ++i) {
    const OwnResponse response = rescue({.code = static_cast<ErrorCode>(i)});
    for (const bool close : {false, true}) {
      const http::Padded text(response.http1(kId, close, true));
      const Parsed parsed = parse(text, http::Method::get);
      EXPECT_EQ(parsed.head.status, response.status);
      EXPECT_EQ(parsed.head.status_text, std::to_string(response.status) + " " + std::string(response.reason));
      EXPECT_EQ(parsed.head.keep_alive, !close);
      EXPECT_EQ(parsed.head.body.framing, http::Framing::length);
      EXPECT_EQ(parsed.head.body.length, parsed.body.size());
      EXPECT_EQ(parsed.body, response.body(kId));
      EXPECT_EQ(parsed.fields.at("Content-Type"), "application/problem+json");
      EXPECT_EQ(parsed.fields.at("Cache-Control"), "no-store");
      EXPECT_EQ(parsed.fields.at("Proxy-Status"), "rota; error=" + std::string(response.token));
      EXPECT_EQ(parsed.fields.at("X-Request-Id"), kId);
      EXPECT_EQ(parsed.fields.contains("Allow"), response.status == 405);
      EXPECT_EQ(parsed.fields.contains("Retry-After"), response.retry_after != 0);
    }
  }
}

TEST(OwnResponse, HasTheSameHeadWithoutABody) {
  const OwnResponse response = rescue({.code = ErrorCode::no_instance});
  const std::string with_body = response.http1(kId, true, true);
  const std::string without = response.http1(kId, true, false);
  EXPECT_EQ(with_body, without + response.body(kId));
  const http::Padded text(without);
  EXPECT_TRUE(parse(text, http::Method::head).body.empty());
}

}  // namespace
}  // namespace rota
