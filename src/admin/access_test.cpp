#include "admin/access.h"

#include <gtest/gtest.h>

#include "admin/base64.h"
#include "tests/support/asked.h"

namespace rota {
namespace {

using test::AskedRequest;

Address listening(const char* text) { return Address::to_listen(text).value(); }

// 0: it may.
int status_of(const AdminAccess& access, const std::string& fields, bool open = false) {
  const AskedRequest asked("/status", fields);
  const auto refusal = AccessCheck(access).refusal(asked.request(), open);
  return refusal ? refusal->status : 0;
}

std::string basic(std::string_view pair) {
  return "Authorization: Basic " + to_base64({reinterpret_cast<const std::uint8_t*>(pair.data()), pair.size()}) + "\r\n";
}

TEST(AccessCheck, KnowsItsOwnHostsWithAnyPort) {
  const AdminAccess access{.listens = {listening("10.1.2.3:8090")}, .hosts = {"Rota.Example.com", "other.example:8090"}};
  for (const char* host : {"localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:8090", "[::1]", "[::1]:8090", "[0:0:0:0:0:0:0:1]:9",
                           "10.1.2.3:8090", "10.1.2.3", "rota.example.com", "rota.example.com:443", "other.example"}) {
    EXPECT_EQ(status_of(access, std::string("Host: ") + host + "\r\n"), 0) << host;
  }
}

TEST(AccessCheck, KnowsNoOtherHosts) {
  const AdminAccess access{.listens = {listening("127.0.0.1:8090"), listening("unix:/run/rota.sock")}, .hosts = {"rota.example.com"}};
  for (const char* host : {"evil.example", "localhost.evil.example", "xlocalhost", "rota.example.com.evil.example", "10.1.2.3", "127.0.0.2",
                           "[::2]", "2130706433"}) {
    EXPECT_EQ(status_of(access, std::string("Host: ") + host + "\r\n"), 421) << host;
    EXPECT_EQ(status_of(access, std::string("Host: ") + host + "\r\n", true), 421) << host << ", also where no token is needed";
  }
  const AskedRequest nameless("/status", "", "GET", "HTTP/1.0");
  EXPECT_TRUE(AccessCheck(access).refusal(nameless.request(), true)) << "it names no host at all";
  const AdminAccess careless{.hosts = {"", ":8090", "not a host", "unix:/run/rota.sock"}};
  EXPECT_EQ(status_of(careless, "Host: evil.example\r\n"), 421);
}

// A foreign page's name can be made to lead here, an address cannot: where rota listens on every interface, each address may be its own.
TEST(AccessCheck, TakesAnyAddressButNoNameWhereItListensOnEveryInterface) {
  for (const char* every : {":8090", "0.0.0.0:8090", "[::]:8090"}) {
    const AdminAccess access{.listens = {listening(every)}};
    EXPECT_EQ(status_of(access, "Host: 192.168.1.5:8090\r\n"), 0);
    EXPECT_EQ(status_of(access, "Host: [fd00::5]:8090\r\n"), 0);
    EXPECT_EQ(status_of(access, "Host: evil.example:8090\r\n"), 421);
  }
}

TEST(AccessCheck, NeedsNoTokenWhereNoneIsSet) { EXPECT_EQ(status_of({}, ""), 0); }

TEST(AccessCheck, TakesTheTokenAsABearerOrAsThePasswordOfBasic) {
  const AdminAccess access{.token = "s3cret:with:colons"};
  for (const std::string& fields :
       {std::string("Authorization: Bearer s3cret:with:colons\r\n"), std::string("authorization: bearer   s3cret:with:colons \r\n"),
        basic("anybody:s3cret:with:colons"), basic(":s3cret:with:colons")}) {
    EXPECT_EQ(status_of(access, fields), 0) << fields;
  }
}

TEST(AccessCheck, TakesNoOtherToken) {
  const AdminAccess access{.token = "s3cret"};
  for (const std::string& fields : {std::string(), std::string("Authorization: Bearer\r\n"), std::string("Authorization: Bearer \r\n"),
                                    std::string("Authorization: Bearer s3cre\r\n"), std::string("Authorization: Bearer s3cret1\r\n"),
                                    std::string("Authorization: Bearer S3CRET\r\n"), std::string("Authorization: s3cret\r\n"),
                                    std::string("Authorization: Digest s3cret\r\n"), std::string("Authorization: Basic s3cret\r\n"),
                                    basic("s3cret"), basic("s3cret:"), basic("a:b:s3cret"), std::string("Cookie: s3cret\r\n"),
                                    std::string("Authorization: Bearer no\r\nAuthorization: Bearer s3cret\r\n")}) {
    EXPECT_EQ(status_of(access, fields), 401) << fields;
    EXPECT_EQ(status_of(access, fields, true), 0) << "open";
  }
}

TEST(AccessCheck, LetsABrowserAskForTheToken) {
  const AskedRequest asked("/status");
  const auto refusal = AccessCheck({.token = "s3cret"}).refusal(asked.request(), false);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(test::field_of(*refusal, "WWW-Authenticate"), "Basic realm=\"rota\"");
  EXPECT_EQ(refusal->content_type, "application/problem+json");
  EXPECT_EQ(refusal->body.find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace rota
