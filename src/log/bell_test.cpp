#include "log/bell.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/rng.h"
#include "log/log_ring.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

void spin(std::uint64_t times) {
  for (; times > 0; --times) std::atomic_signal_fence(std::memory_order_seq_cst);
}

// One line at a time, each pushed at another moment of the other's falling asleep, which lingers where it matters: between looking for lines and
// waiting. A wakeup that is lost leaves both waiting for ever.
TEST(LogBell, LosesNoRingWhateverTheMomentOfFallingAsleep) {
  constexpr std::uint64_t kLines = 20'000;
  Bell bell;
  LogRing ring(64);
  std::atomic<std::uint64_t> seen = 0;
  std::thread sleeper([&] {
    std::string text;
    Rng rng(4);
    const auto has_work = [&] {
      const bool found = !ring.is_empty();
      spin(rng.below(8000));
      return found;
    };
    while (seen < kLines) {
      bell.sleep({}, TimePoint::max(), has_work);
      text.clear();
      if (ring.take(text, 64) > 0) ++seen;
    }
  });
  Rng rng(5);
  for (std::uint64_t i = 0; i < kLines; ++i) {
    ASSERT_TRUE(ring.push("line\n"));
    bell.ring(false);
    for (int looks = 1; seen <= i; ++looks) {
      if (looks % 1000 == 0) std::this_thread::yield();  // not at once: the moments meant here are shorter than a yield
    }
    spin(rng.below(8000));
  }
  sleeper.join();
  EXPECT_LE(bell.wakeups(), 2 * kLines);
}

// The worst moment, played by hand: the line comes just after the sleeper has looked and found none.
TEST(LogBell, IsWokenByARingBetweenItsLookAndItsSleep) {
  Bell bell;
  LogRing ring(64);
  bell.sleep({}, TimePoint::max(), [&] {
    const bool found = !ring.is_empty();
    EXPECT_TRUE(ring.push("line\n"));
    bell.ring(false);
    return found;
  });
  EXPECT_EQ(bell.wakeups(), 1u);
  EXPECT_FALSE(ring.is_empty());
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
