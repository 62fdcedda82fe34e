#include "base/units.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

using namespace std::chrono_literals;

TEST(Units, ReadsDurationsOfOneAndSeveralUnits) {
  EXPECT_EQ(parse_duration("5s"), Duration{5s});
  EXPECT_EQ(parse_duration("500ms"), Duration{500ms});
  EXPECT_EQ(parse_duration("1m30s"), Duration{90s});
  EXPECT_EQ(parse_duration("0s"), Duration{0});
  EXPECT_EQ(parse_duration("2h5us"), Duration{2h + 5us});
}

TEST(Units, RefusesWhatIsNotADurationAndSaysWhy) {
  for (const char* text :
       {"", "5", "0", "s", "-1s", "1.5s", "5 s", "5sec", "5S", "30s1m", "1s1s", "5s ", " 5s", "1000000000h", "99999999999999999999s"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_FALSE(parsed.error().empty());
  }
  EXPECT_EQ(parse_duration("5").error(), "'5' needs a unit: 5ms, 5s or 5m");
}

TEST(Units, WritesADurationAsItWouldBeRead) {
  for (const char* text : {"5s", "1m15s", "500ms", "1h", "0s"}) EXPECT_EQ(format_duration(*parse_duration(text)), text);
}

TEST(Units, ReadsSizesInBothSystems) {
  EXPECT_EQ(parse_size("64KiB"), 65536u);
  EXPECT_EQ(parse_size("1GB"), 1'000'000'000u);
  EXPECT_EQ(parse_size("0B"), 0u);
  EXPECT_EQ(format_size(65536), "64KiB");
  EXPECT_EQ(format_size(1'000'000), "1MB");
}

TEST(Units, RefusesWhatIsNotASize) {
  for (const char* text : {"", "64", "KiB", "64K", "64kib", "1.5MiB", "1KiB2B", "-1B", "99999999999GiB"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Units, ReadsPercentagesAsWholeNumbersWithTheirSign) {
  EXPECT_EQ(parse_percent("0%"), 0u);
  EXPECT_EQ(parse_percent("80%"), 80u);
  EXPECT_EQ(parse_percent("1000%"), 1000u);
  EXPECT_EQ(format_percent(80), "80%");
  EXPECT_EQ(parse_percent("80").error(), "'80' needs its sign; 80% is meant?");
  for (const char* text : {"", "%", "-1%", "+1%", "0.8", "80.5%", "80 %", "80%%", "80%x", "x%", "99999999999999999999%"}) {
    const auto parsed = parse_percent(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), std::string("'") + text + "' is not a percentage; write it like 80%");
  }
}

TEST(Units, ReadsWholeNumbersExactly) {
  EXPECT_EQ(parse_whole("0"), 0u);
  EXPECT_EQ(parse_whole("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "+1", "-1", " 1", "1 ", "1x", "0x1", "18446744073709551616"}) EXPECT_FALSE(parse_whole(text)) << text;
  EXPECT_FALSE(parse_whole("65536", 65535));
}

}  // namespace
}  // namespace rota
