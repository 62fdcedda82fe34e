#include "runtime/alarm.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

class CountedAlarm final : public Alarm {
 public:
  int count = 0;

 private:
  void went_off() override { ++count; }
};

struct AlarmTest : testing::Test {
  // As a reactor does, jumping from next() to next().
  void run_until(TimePoint end) {
    for (auto next = timers.next(); next && *next <= end; next = timers.next()) timers.fire(*next);
    timers.fire(end);
  }
  Deadline at(Duration behind_start) { return Deadline::at(kStart + behind_start); }

  Timers timers{kStart};
  CountedAlarm alarm;
};

TEST_F(AlarmTest, GoesOffOnce) {
  alarm.set(timers, at(1s));
  run_until(kStart + 999ms);
  EXPECT_EQ(alarm.count, 0);
  run_until(kStart + 1002ms);
  EXPECT_EQ(alarm.count, 1);
  run_until(kStart + 10s);
  EXPECT_EQ(alarm.count, 1);
}

TEST_F(AlarmTest, MayBeMovedLater) {
  alarm.set(timers, at(1s));
  alarm.set(timers, at(5s));
  run_until(kStart + 4999ms);
  EXPECT_EQ(alarm.count, 0);
  run_until(kStart + 5002ms);
  EXPECT_EQ(alarm.count, 1);
}

TEST_F(AlarmTest, MayBeMovedEarlier) {
  alarm.set(timers, at(5s));
  alarm.set(timers, at(1s));
  run_until(kStart + 1002ms);
  EXPECT_EQ(alarm.count, 1);
  run_until(kStart + 10s);
  EXPECT_EQ(alarm.count, 1);
}

TEST_F(AlarmTest, ThatIsClearedDoesNotGoOff) {
  alarm.set(timers, at(1s));
  alarm.clear();
  run_until(kStart + 10s);
  EXPECT_EQ(alarm.count, 0);
}

TEST_F(AlarmTest, IsSetAgainOverATimerThatIsLeftFromBefore) {
  alarm.set(timers, at(3s));
  alarm.clear();
  run_until(kStart + 2s);
  alarm.set(timers, at(5s));
  run_until(kStart + 4999ms);
  EXPECT_EQ(alarm.count, 0);
  run_until(kStart + 5002ms);
  EXPECT_EQ(alarm.count, 1);
}

TEST_F(AlarmTest, IsSetAgainBehindATimerThatFoundItCleared) {
  alarm.set(timers, at(1s));
  alarm.clear();
  run_until(kStart + 2s);
  EXPECT_FALSE(timers.next());
  alarm.set(timers, at(3s));
  run_until(kStart + 3002ms);
  EXPECT_EQ(alarm.count, 1);
}

TEST_F(AlarmTest, ForNeverIsNoTimer) {
  alarm.set(timers, Deadline::never());
  EXPECT_FALSE(timers.next());
  alarm.set(timers, at(1s));
  alarm.set(timers, Deadline::never());
  run_until(kStart + 10s);
  EXPECT_EQ(alarm.count, 0);
}

}  // namespace
}  // namespace rota
