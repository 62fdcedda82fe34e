#include "proxy/request_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace rota {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{1'800'000'000'123ms};

std::string id_at(WallTime now, Rng& rng) { return std::string(RequestId(now, rng).text()); }

TEST(RequestId, IsAUuidOfVersionSeven) {
  Rng rng(1);
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = id_at(kNow + i * 7919ms, rng);
    ASSERT_EQ(id.size(), 36u);
    for (std::size_t at = 0; at < id.size(); ++at) {
      const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
      ASSERT_EQ(id[at] == '-', dash) << id;
      if (!dash) ASSERT_NE(std::string_view{"0123456789abcdef"}.find(id[at]), std::string_view::npos) << id;
    }
    ASSERT_EQ(id[14], '7') << id;
    ASSERT_NE(std::string_view{"89ab"}.find(id[19]), std::string_view::npos) << id;  // the variant
  }
}

// RFC 9562, appendix A.6: 2022-02-22 14:22:22 at GMT-05:00.
TEST(RequestId, BeginsWithTheTimeInMilliseconds) {
  Rng rng(1);
  EXPECT_EQ(id_at(WallTime{0x017f22e279b0ms}, rng).substr(0, 15), "017f22e2-79b0-7");
  EXPECT_EQ(id_at(WallTime{0x017f22e279b0ms + 999'999ns}, rng).substr(0, 15), "017f22e2-79b0-7");
  EXPECT_EQ(id_at(WallTime{0x017f22e279b0ms + 500'000ns}, rng).substr(0, 18), "017f22e2-79b0-7800");
  EXPECT_EQ(id_at(WallTime{0x017f22e279b0ms + 999'999ns}, rng).substr(0, 18), "017f22e2-79b0-7fff");
  EXPECT_EQ(id_at(WallTime{0x00000000ffffms}, rng).substr(0, 15), "00000000-ffff-7");
  EXPECT_EQ(id_at(WallTime{0x0123456789abms}, rng).substr(0, 15), "01234567-89ab-7");
}

TEST(RequestId, SortsByTime) {
  Rng rng(2);
  std::string before = id_at(kNow, rng);
  for (const auto step : {1ms, 9ms, 1000ms, 65'536ms, 3'600'000ms, 86'400'000ms}) {
    const std::string after = id_at(kNow + step, rng);
    EXPECT_LT(before, after);
    before = after;
  }
}

TEST(RequestId, DoesNotMeetAnotherOfTheSameMillisecond) {
  Rng rng(3);
  std::set<std::string> ids;
  for (int i = 0; i < 100'000; ++i) ids.insert(id_at(kNow, rng));
  EXPECT_EQ(ids.size(), 100'000u);
}

// Two bits less in the wrong place, and nobody would see it.
TEST(RequestId, UsesAllItsRandomBits) {
  Rng rng(4);
  std::array<std::set<char>, 36> seen;
  for (int i = 0; i < 2000; ++i) {
    const std::string id = id_at(kNow + i * 7919ns, rng);
    for (std::size_t at = 0; at < id.size(); ++at) seen[at].insert(id[at]);
  }
  for (std::size_t at = 15; at < 36; ++at) {
    if (at == 18 || at == 23) continue;
    EXPECT_EQ(seen[at].size(), at == 19 ? 4u : 16u) << "digit " << at;
  }
}

}  // namespace
}  // namespace rota
