#include "app/admin_url.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

std::string parsed(std::string_view text) {
  const auto address = parse_admin_url(text);
  return address ? address->text() : "! " + address.error();
}

TEST(AdminUrl, IsAUrlAnAddressOrASocket) {
  EXPECT_EQ(parsed(kDefaultAdminUrl), "127.0.0.1:8090");
  EXPECT_EQ(parsed("http://rota.internal:8090/"), "rota.internal:8090");
  EXPECT_EQ(parsed("http://rota.internal"), "rota.internal:80");
  EXPECT_EQ(parsed("http://[::1]:8090"), "[::1]:8090");
  EXPECT_EQ(parsed("http://[::1]"), "[::1]:80");
  EXPECT_EQ(parsed("127.0.0.1:9"), "127.0.0.1:9");
  EXPECT_EQ(parsed("unix:/run/rota.sock"), "unix:/run/rota.sock");
}

TEST(AdminUrl, IsNothingElse) {
  EXPECT_EQ(parsed("https://rota.internal"), "! 'https://rota.internal': the admin API speaks http; write http:// or unix:/path");
  EXPECT_EQ(parsed("http://rota.internal/api"), "! 'http://rota.internal/api' has a path; only the host is needed: http://127.0.0.1:8090");
  for (const char* text : {"", "http://", "http:///", "rota", "http://rota:0", "http://rota:99999", "http://a b:1", "ftp://rota:21"}) {
    EXPECT_TRUE(parsed(text).starts_with("! ")) << text << " -> " << parsed(text);
  }
}

}  // namespace
}  // namespace rota
