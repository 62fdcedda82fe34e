#include "net/address.h"

#include <gtest/gtest.h>

#include <string>

namespace rota {
namespace {

std::string error_of(std::string_view text) {
  const auto address = Address::to_connect(text);
  return address ? "no error" : address.error();
}

TEST(Address, IsWrittenInOneWay) {
  const std::pair<const char*, const char*> cases[] = {
      {"127.0.0.1:8080", "127.0.0.1:8080"},
      {"[::1]:80", "[::1]:80"},
      {"[0:0:0:0:0:0:0:1]:80", "[::1]:80"},
      {"[FE80::A]:1", "[fe80::a]:1"},
      {"App.Internal:65535", "app.internal:65535"},
      {"my_app-1:9001", "my_app-1:9001"},
      {"localhost:1", "localhost:1"},
      {"unix:/run/app.sock", "unix:/run/app.sock"},
      {"unix:///run/app.sock", "unix:/run/app.sock"},
      {"10.0.0.1.example:80", "10.0.0.1.example:80"},
  };
  for (const auto& [text, canonical] : cases) {
    const auto address = Address::to_connect(text);
    ASSERT_TRUE(address) << text << ": " << address.error();
    EXPECT_EQ(address->text(), canonical);
    EXPECT_EQ(Address::to_connect(address->text()), *address);
  }
}

TEST(Address, KnowsItsFamily) {
  EXPECT_EQ(Address::to_connect("127.0.0.1:1")->family, Address::Family::ipv4);
  EXPECT_EQ(Address::to_connect("[::1]:1")->family, Address::Family::ipv6);
  EXPECT_EQ(Address::to_connect("unix:/a")->family, Address::Family::unix_path);
  EXPECT_EQ(Address::to_connect("a:1")->family, Address::Family::name);
  EXPECT_EQ(Address::to_connect("[::1]:1")->host, "::1");
}

TEST(Address, WithoutAHostIsEverywhereToListenAndHereToConnect) {
  EXPECT_EQ(Address::to_listen(":8080")->text(), "0.0.0.0:8080");
  EXPECT_EQ(Address::to_connect(":8080")->text(), "127.0.0.1:8080");
}

TEST(Address, MayAskForAnyFreePortOnlyWhereListening) {
  EXPECT_EQ(Address::to_listen("127.0.0.1:0")->port, 0);
  EXPECT_EQ(error_of("127.0.0.1:0"), "'0' in '127.0.0.1:0' is not a port; 1 to 65535 are");
}

TEST(Address, SaysWhatIsWrongWithOne) {
  EXPECT_EQ(error_of(""), "an address is expected, such as 127.0.0.1:8080");
  EXPECT_EQ(error_of("127.0.0.1"), "'127.0.0.1' has no port; write 127.0.0.1:8080");
  EXPECT_EQ(error_of("8080"), "'8080' has no host; write :8080");
  EXPECT_EQ(error_of("[::1]"), "'[::1]' has no port; write [::1]:8080");
  EXPECT_EQ(error_of("::1"), "'::1' needs brackets and a port; write [::1]:8080");
  EXPECT_EQ(error_of("[::1:80"), "'[::1:80' lacks its closing bracket; write [::1]:8080");
  EXPECT_EQ(error_of("[127.0.0.1]:80"), "'127.0.0.1' is not an IPv6 address");
  EXPECT_EQ(error_of("[fe80::1%eth0]:80"), "'fe80::1%eth0' is not an IPv6 address");
  EXPECT_EQ(error_of("256.0.0.1:80"), "'256.0.0.1' is not an IPv4 address");
  EXPECT_EQ(error_of("127.1:80"), "'127.1' is not an IPv4 address");
  EXPECT_EQ(error_of("127.0.0.01:80"), "'127.0.0.01' is not an IPv4 address");
  EXPECT_EQ(error_of("http://127.0.0.1:80"), "'http://127.0.0.1:80' is a URL; write only its host and port, such as 127.0.0.1:8080");
  EXPECT_EQ(error_of("a b:80"), "'a b' is not a host; write an IP address or a name");
  EXPECT_EQ(error_of("unix:run/app.sock"), "'unix:run/app.sock' needs an absolute path; write unix:/run/app.sock");
  EXPECT_EQ(error_of("unix:/run/"), "'unix:/run/' names a directory; write unix:/run/app.sock");
}

TEST(Address, TakesPortsOnlyAsExactDecimals) {
  for (const char* port : {"", "0", "080", "65536", "+80", "-1", "80 ", " 80", "0x50", "8e1", "99999999999999999999"}) {
    EXPECT_EQ(error_of(std::string("127.0.0.1:") + port).substr(0, 1), "'") << port;
  }
}

TEST(Address, RefusesHostsThatAreNoNames) {
  for (const char* host : {".", "a..b", ".a", "a.", "-a", "a-", "a/b", "a@b", "caf\xc3\xa9", "*"}) {
    EXPECT_NE(error_of(std::string(host) + ":80"), "no error") << host;
  }
  EXPECT_NE(error_of(std::string(64, 'a') + ":80"), "no error");
  std::string longest;
  while (longest.size() < 250) longest += "a.";
  EXPECT_EQ(error_of(longest + "abc:80"), "no error");
  EXPECT_NE(error_of(longest + "abcd:80"), "no error");
}

// Where inet_pton would stop reading at the NUL and see a good address.
TEST(Address, IsNotCutAtANul) {
  EXPECT_NE(error_of(std::string_view("127.0.0.1\0x:80", 14)), "no error");
  EXPECT_NE(error_of(std::string_view("[::1\0x]:80", 10)), "no error");
  EXPECT_NE(error_of(std::string_view("unix:/a\0b", 9)), "no error");
}

TEST(Address, FitsASocketPath) {
  const std::string longest = "/" + std::string(106, 'a');
  EXPECT_EQ(error_of("unix:" + longest), "no error");
  EXPECT_EQ(error_of("unix:" + longest + "a").substr(0, 8), "'unix:/a");
}

}  // namespace
}  // namespace rota
