#include "net/peer.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>

#include <memory>
#include <string>

namespace rota {
namespace {

Peer peer_of(const char* text) {
  Peer peer;
  if (::inet_pton(AF_INET, text, peer.bytes.data()) == 1) {
    peer.family = Peer::Family::ipv4;
  } else {
    EXPECT_EQ(::inet_pton(AF_INET6, text, peer.bytes.data()), 1) << text;
    peer.family = Peer::Family::ipv6;
  }
  return peer;
}

// Into a block of exactly the promised size, so that a sanitizer sees one byte more.
std::string text_of(const Peer& peer) {
  const auto to = std::make_unique<char[]>(Peer::kMostText);
  const std::size_t size = peer.write(to.get());
  EXPECT_LE(size, Peer::kMostText);
  return {to.get(), size};
}

TEST(Peer, IsWrittenInOneWay) {
  const std::pair<const char*, const char*> cases[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"127.0.0.1", "127.0.0.1"},
      {"192.0.2.10", "192.0.2.10"},
      {"9.10.99.100", "9.10.99.100"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:0db8::0001", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // a single zero group is not shortened
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
      {"::ffff:192.0.2.10", "192.0.2.10"},  // the same client, whichever socket it came through
      {"::ffff:255.255.255.255", "255.255.255.255"},
      {"::fffe:c000:20a", "::fffe:c000:20a"},
      {"64:ff9b::192.0.2.10", "64:ff9b::c000:20a"},
  };
  for (const auto& [from, text] : cases) EXPECT_EQ(text_of(peer_of(from)), text) << from;
}

TEST(Peer, WritesEveryOctetInDecimal) {
  for (int octet = 0; octet < 256; ++octet) {
    Peer peer{.family = Peer::Family::ipv4};
    peer.bytes[0] = peer.bytes[3] = static_cast<std::uint8_t>(octet);
    const std::string number = std::to_string(octet);
    EXPECT_EQ(text_of(peer), number + ".0.0." + number);
  }
}

TEST(Peer, HasNoAddressOnAUnixSocket) { EXPECT_EQ(text_of(Peer{}), "unix:"); }

}  // namespace
}  // namespace rota
