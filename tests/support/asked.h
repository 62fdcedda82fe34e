// A request as the admin pages are handed it, read from the bytes that a client would send.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "http/padded.h"
#include "http/request_parser.h"
#include "net/http_server.h"
#include "net/peer.h"

namespace rota::test {

class AskedRequest {
 public:
  // `fields`: whole lines, each with its CRLF. Host is among them where it is not the usual one.
  explicit AskedRequest(const std::string& target, const std::string& fields = "", const std::string& method = "GET",
                        const std::string& version = "HTTP/1.1")
      : bytes_(method + " " + target + " " + version + "\r\n" +
               (version == "HTTP/1.1" && fields.find("Host:") == std::string::npos ? "Host: localhost:8090\r\n" : "") + fields + "\r\n") {
    http::RequestParser parser(http::HeadLimits{});
    const Result<bool> whole = parser.parse(bytes_.view(), head_);
    EXPECT_TRUE(whole && *whole) << "no request: " << bytes_.view();
  }
  AskedRequest(const AskedRequest&) = delete;
  AskedRequest& operator=(const AskedRequest&) = delete;

  ServedRequest request() const { return {.head = head_, .body = {}, .peer = peer_}; }

 private:
  http::Padded bytes_;
  http::RequestHead head_;
  Peer peer_;
};

inline std::string field_of(const ServedAnswer& answer, std::string_view name) {
  std::string value;
  for (const auto& [each, text] : answer.fields) {
    if (each == name) value += (value.empty() ? "" : " | ") + text;
  }
  return value;
}

}  // namespace rota::test
