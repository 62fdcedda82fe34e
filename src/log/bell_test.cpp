#include "log/bell.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/rng.h"
#include "log/log_ring.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

// One line at a time, each pushed at another moment of the other's falling asleep. A wakeup that is lost leaves both waiting for ever.
TEST(LogBell, LosesNoRingWhateverTheMomentOfFallingAsleep) {
  constexpr std::uint64_t kLines = 20'000;
  Bell bell;
  LogRing ring(64);
  std::atomic<std::uint64_t> seen = 0;
  std::thread sleeper([&] {
    std::string text;
    while (seen < kLines) {
      bell.sleep({}, TimePoint::max(), [&ring] { return !ring.is_empty(); });
      text.clear();
      if (ring.take(text, 64) > 0) ++seen;
    }
  });
  Rng rng(5);
  for (std::uint64_t i = 0; i < kLines; ++i) {
    ASSERT_TRUE(ring.push("line\n"));
    bell.ring(false);
    while (seen <= i) std::this_thread::yield();
    for (std::uint64_t spin = rng.below(2000); spin > 0; --spin) std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  sleeper.join();
  EXPECT_LE(bell.wakeups(), 2 * kLines);
}

TEST(LogBell, DoesNotSleepWhereThereIsWork) {
  Bell bell;
  bell.sleep({}, TimePoint::max(), [] { return true; });
  EXPECT_EQ(bell.wakeups(), 0u);
}

TEST(LogBell, EndsARestForWhatIsUrgent) {
  Bell bell;
  std::atomic<bool> rested = false;
  std::thread sleeper([&] {
    bell.rest(1h, false);
    rested = true;
  });
  while (!rested) {
    bell.ring(false);
    bell.ring(true);
    std::this_thread::yield();
  }
  sleeper.join();
  EXPECT_EQ(bell.wakeups(), 1u);
}

TEST(LogBell, IsDeafWhenToldSoButToWhatRingsAlways) {
  Bell bell;
  bell.ring(true);
  bell.rest(1ns, true);
  bell.ring_always();
  bell.rest(1h, true);
  EXPECT_EQ(bell.wakeups(), 2u);
}

}  // namespace
}  // namespace rota
