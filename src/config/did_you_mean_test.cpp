#include "config/did_you_mean.h"

#include <gtest/gtest.h>

#include <array>

namespace rota {
namespace {

constexpr std::array<std::string_view, 5> kKeys{"listen", "limits", "workers", "defaults", "header_timeout"};

TEST(DidYouMean, FindsATypingError) {
  EXPECT_EQ(did_you_mean("listn", kKeys), "listen");     // missing
  EXPECT_EQ(did_you_mean("listen_", kKeys), "listen");   // added
  EXPECT_EQ(did_you_mean("limita", kKeys), "limits");    // wrong
  EXPECT_EQ(did_you_mean("wrokesr", kKeys), "workers");  // two swaps
  EXPECT_EQ(did_you_mean("WORKERS", kKeys), "workers");  // case
  EXPECT_EQ(did_you_mean("header-timeut", kKeys), "header_timeout");
  EXPECT_EQ(did_you_mean("hdr_timeout", kKeys), "header_timeout");  // three of eleven
}

TEST(DidYouMean, SaysNothingWhereNothingIsNear) {
  for (const char* word : {"", "x", "li", "guard", "timeouts_header"}) EXPECT_EQ(did_you_mean(word, kKeys), std::nullopt) << word;
  EXPECT_EQ(did_you_mean(std::string(1'000'000, 'a'), kKeys), std::nullopt);
  EXPECT_EQ(did_you_mean("listen", {}), std::nullopt);
}

TEST(DidYouMean, TakesTheNearestAndTheFirstOfEquals) {
  constexpr std::array<std::string_view, 3> kNear{"abcdxy", "abcdxe", "abcdye"};
  EXPECT_EQ(did_you_mean("abcdee", kNear), "abcdxe");
}

TEST(DidYouMean, IsASentenceOrNothing) {
  EXPECT_EQ(did_you_mean_hint("listn", kKeys), "did you mean 'listen'?");
  EXPECT_EQ(did_you_mean_hint("nothing", kKeys), "");
}

}  // namespace
}  // namespace rota
