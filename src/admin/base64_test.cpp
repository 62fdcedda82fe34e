#include "admin/base64.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace rota {
namespace {

std::string encoded(std::string_view text) { return to_base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}); }

TEST(Base64, IsThatOfTheStandardsExamples) {
  const std::pair<const char*, const char*> examples[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, base64] : examples) {
    EXPECT_EQ(encoded(text), base64);
    EXPECT_EQ(from_base64(base64), text);
  }
}

TEST(Base64, ReadsWhatItWrote) {
  Rng rng(1);
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes(rng.below(40), '\0');
    for (char& c : bytes) c = static_cast<char>(rng.below(256));
    ASSERT_EQ(from_base64(encoded(bytes)), bytes);
  }
}

TEST(Base64, ReadsNothingElse) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "====", "=", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Z-9v", "Z=9v", "Zg==Zg=="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace rota
