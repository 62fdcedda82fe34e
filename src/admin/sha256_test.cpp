#include "admin/sha256.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace rota {
namespace {

std::string hex(std::string_view message) {
  std::string text;
  for (const std::uint8_t byte : sha256(message)) text += fmt::format("{:02x}", byte);
  return text;
}

TEST(Sha256, IsThatOfTheStandardsExamples) {
  EXPECT_EQ(hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// Where the length finds no room behind the rest, and where the rest is a block or nothing.
TEST(Sha256, IsRightAroundTheEndsOfItsBlocks) {
  const auto of = [](std::size_t size) { return hex(std::string(size, 'x')).substr(0, 16); };
  EXPECT_EQ(of(55), "d5e285683cd4efc0");
  EXPECT_EQ(of(56), "04c26261370ee754");
  EXPECT_EQ(of(63), "75220b47218278e6");
  EXPECT_EQ(of(64), "7ce100971f64e700");
  EXPECT_EQ(of(65), "9537c5fdf120482f");
  EXPECT_EQ(of(119), "000b48d4edf0fa7b");
  EXPECT_EQ(of(120), "13f05a0b594787f5");
  EXPECT_EQ(of(128), "24da1b81d0b16df6");
}

}  // namespace
}  // namespace rota
