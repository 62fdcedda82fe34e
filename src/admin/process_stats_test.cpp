#include "admin/process_stats.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

TEST(ProcessStats, AreReadFromTheKernelsLineWhateverTheProgramIsCalled) {
  const auto stats = parse_process_stat(
      "4711 (a) b (c) S 1 4711 4711 0 -1 4194560 900 0 1 0 250 50 7 8 20 0 6 0 123400 33554432 2048 18446744073709551615 1 1 0 0\n", 100,
      4096);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->cpu_seconds, 3.0) << "its own, without its children's";
  EXPECT_EQ(stats->threads, 6U);
  EXPECT_EQ(stats->start_seconds, 1234.0);
  EXPECT_EQ(stats->virtual_bytes, 33554432U);
  EXPECT_EQ(stats->resident_bytes, 2048U * 4096);
}

TEST(ProcessStats, AreNotReadFromWhatIsNoSuchLine) {
  for (const char* line : {"", "4711 (rota", "4711 (rota) S 1 2 3"}) EXPECT_FALSE(parse_process_stat(line, 100, 4096)) << line;
  EXPECT_EQ(parse_boot_time("cpu 1 2\nbtime 1700000000\nprocesses 5\n"), 1'700'000'000.0);
  EXPECT_EQ(parse_boot_time("cpu 1 2\nxbtime 3\n"), std::nullopt);
}

TEST(ProcessStats, OfThisProcessAreOfALivingOne) {
  const auto stats = read_process_stats();
  ASSERT_TRUE(stats);
  EXPECT_GE(stats->threads, 1U);
  EXPECT_GE(stats->open_fds, 3U);
  EXPECT_GT(stats->resident_bytes, 1024U * 1024);
  EXPECT_GT(stats->start_seconds, 1.6e9);
}

}  // namespace
}  // namespace rota
