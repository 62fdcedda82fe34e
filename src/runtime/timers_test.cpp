#include "runtime/timers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/rng.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};
constexpr Duration kTick{1 << 20};

std::int64_t floor_tick(TimePoint time) { return time.time_since_epoch().count() >> 20; }
std::int64_t ceil_tick(TimePoint time) { return floor_tick(time + kTick - 1ns); }

class TestTimer final : public Timer {
 public:
  explicit TestTimer(std::function<void()> then = [] {}) : then_(std::move(then)) {}
  int count() const { return count_; }

 private:
  void expired() override {
    EXPECT_FALSE(is_set());
    ++count_;
    then_();
  }
  std::function<void()> then_;
  int count_ = 0;
};

// As a reactor does, jumping from next() to next(): the time at which the first alarm fired. It must make progress on the way.
TimePoint run_until_fired(Timers& timers, const TestTimer& alarm) {
  for (int turns = 0; turns < 100; ++turns) {
    const auto next = timers.next();
    if (!next) break;
    timers.fire(*next);
    if (alarm.count() > 0) return *next;
  }
  ADD_FAILURE() << "never fired";
  return {};
}

TEST(Timers, HasNothingToDoWhereNothingIsSet) {
  Timers timers(kStart);
  EXPECT_FALSE(timers.next());
  timers.fire(kStart + 1h);
  EXPECT_FALSE(timers.next());
}

TEST(Timers, FiresInOrderOfTime) {
  Timers timers(kStart);
  std::vector<int> fired;
  std::vector<std::unique_ptr<TestTimer>> alarms;
  const Duration delays[] = {50ms, 3ms, 10s, 63ms, 5ms, 2h, 70ms, 64ms, 4200ms, 5min};
  for (int i = 0; i < 10; ++i) {
    alarms.push_back(std::make_unique<TestTimer>([&fired, i] { fired.push_back(i); }));
    timers.set(*alarms.back(), kStart + delays[i]);
  }
  timers.fire(kStart + 3h);
  EXPECT_EQ(fired, (std::vector<int>{1, 4, 0, 3, 7, 6, 8, 2, 9, 5}));
  EXPECT_FALSE(timers.next());
}

TEST(Timers, FiresNeverEarlyAndAtMostATickLate) {
  for (const Duration delay :
       {Duration{1ns}, Duration{1ms}, kTick, kTick - 1ns, kTick + 1ns, kTick * 63, kTick * 64, kTick * 65, kTick * 4095, kTick * 4096 + 1ns,
        kTick * 262144, Duration{1h}, Duration{24h}, Duration{24h * 30}, Duration{24h * 365 * 2}, Duration{24h * 365 * 5}}) {
    for (const TimePoint start :
         {kStart, kStart + 12345678ns, TimePoint{kTick * 63}, TimePoint{kTick * 4095}, TimePoint{kTick * ((1LL << 36) - 1)}}) {
      Timers timers(start);
      TestTimer alarm;
      const TimePoint when = start + delay;
      timers.set(alarm, when);
      timers.fire(when - 1ns);
      EXPECT_EQ(alarm.count(), 0) << delay << " from " << start.time_since_epoch();
      const TimePoint at = run_until_fired(timers, alarm);
      EXPECT_GE(at, when) << delay << " from " << start.time_since_epoch();
      EXPECT_LT(at, when + kTick) << delay << " from " << start.time_since_epoch();
      timers.fire(at + 24h * 3650);
      EXPECT_EQ(alarm.count(), 1);
    }
  }
}

TEST(Timers, SleepsThroughFarTimersInAFewSteps) {
  for (const Duration delay : {Duration{1h}, Duration{24h}, Duration{24h * 100}, Duration{24h * 365 * 10}}) {
    Timers timers(kStart);
    TestTimer alarm;
    timers.set(alarm, kStart + delay);
    const TimePoint at = run_until_fired(timers, alarm);
    EXPECT_GE(at, kStart + delay);
    EXPECT_LT(at, kStart + delay + kTick);
  }
}

// A timer a whole turn of the top wheel away stands in the slot that is passing now; it was taken for the next one to come.
TEST(Timers, DoesNotLetTheFarthestHideNearerOnes) {
  for (const Duration far_away : {Duration{24h * 800}, Duration{24h * 3650}}) {
    Timers timers(kStart);
    TestTimer near;
    TestTimer far;
    timers.set(far, kStart + far_away);
    timers.set(near, kStart + 24h * 30);
    ASSERT_TRUE(timers.next());
    EXPECT_LE(*timers.next(), kStart + 24h * 30 + kTick);
    timers.fire(kStart + 24h * 31);
    EXPECT_EQ(near.count(), 1);
    EXPECT_EQ(far.count(), 0);
  }
}

TEST(Timers, FiresOnTimeWithoutTheStepsBetween) {
  Timers timers(kStart);
  TestTimer near;
  TestTimer far;
  timers.set(near, kStart + 90min);
  timers.set(far, kStart + 49h);
  timers.fire(kStart + 48h);
  EXPECT_EQ(near.count(), 1);
  EXPECT_EQ(far.count(), 0);
  timers.fire(kStart + 49h + kTick);
  EXPECT_EQ(far.count(), 1);
}

TEST(Timers, FiresWhatIsAlreadyDueAtTheNextTick) {
  Timers timers(kStart);
  TestTimer past;
  TestTimer present;
  timers.set(past, kStart - 10s);
  timers.set(present, kStart);
  const auto next = timers.next();
  ASSERT_TRUE(next);
  EXPECT_LE(*next, kStart + kTick);
  timers.fire(*next);
  EXPECT_EQ(past.count() + present.count(), 2);
}

TEST(Timers, DoesNotFireWhatWasCancelled) {
  Timers timers(kStart);
  TestTimer kept;
  TestTimer cancelled;
  timers.set(kept, kStart + 1s);
  timers.set(cancelled, kStart + 1s);
  EXPECT_TRUE(cancelled.is_set());
  cancelled.cancel();
  EXPECT_FALSE(cancelled.is_set());
  cancelled.cancel();
  timers.fire(kStart + 2s);
  EXPECT_EQ(kept.count(), 1);
  EXPECT_EQ(cancelled.count(), 0);
}

TEST(Timers, HasNothingToDoOnceAllIsCancelled) {
  Timers timers(kStart);
  TestTimer near;
  TestTimer far;
  timers.set(near, kStart + 5ms);
  timers.set(far, kStart + 5h);
  near.cancel();
  ASSERT_TRUE(timers.next());
  EXPECT_GT(*timers.next(), kStart + 5ms + kTick);  // not woken for nothing
  far.cancel();
  EXPECT_FALSE(timers.next());
}

TEST(Timers, CancelsWhatIsDestroyed) {
  Timers timers(kStart);
  {
    TestTimer alarm;
    timers.set(alarm, kStart + 1s);
  }
  EXPECT_FALSE(timers.next());
  timers.fire(kStart + 2s);
}

TEST(Timers, LetsGoOfItsTimersWhenItEndsFirst) {
  TestTimer alarm;
  {
    Timers timers(kStart);
    timers.set(alarm, kStart + 1s);
  }
  EXPECT_FALSE(alarm.is_set());
}

TEST(Timers, FiresOnceAtTheTimeThatWasSetLast) {
  Timers timers(kStart);
  TestTimer later;
  timers.set(later, kStart + 10ms);
  timers.set(later, kStart + 10s);
  timers.fire(kStart + 9s);
  EXPECT_EQ(later.count(), 0);
  timers.fire(kStart + 11s);
  EXPECT_EQ(later.count(), 1);

  TestTimer earlier;
  timers.set(earlier, kStart + 1h);
  timers.set(earlier, kStart + 12s);
  timers.fire(kStart + 13s);
  EXPECT_EQ(earlier.count(), 1);
  timers.fire(kStart + 2h);
  EXPECT_EQ(earlier.count(), 1);
}

TEST(Timers, MayBeSetAnewFromWithin) {
  Timers timers(kStart);
  TimePoint due = kStart + 5ms;
  TestTimer* self = nullptr;
  TestTimer alarm([&] {
    due += 5ms;
    timers.set(*self, due);
  });
  self = &alarm;
  timers.set(alarm, due);
  timers.fire(kStart + 4ms);
  EXPECT_EQ(alarm.count(), 0);
  timers.fire(kStart + 1s);  // all that came due on the way
  EXPECT_GE(alarm.count(), 150);
  EXPECT_LE(alarm.count(), 200);
  EXPECT_TRUE(alarm.is_set());
  EXPECT_GT(due, kStart + 1s - kTick);
}

TEST(Timers, MaySetOthersFromWithin) {
  Timers timers(kStart);
  std::vector<int> fired;
  TestTimer soon([&] { fired.push_back(2); });
  TestTimer much_later([&] { fired.push_back(3); });
  TestTimer first([&] {
    fired.push_back(1);
    timers.set(soon, kStart + 20ms);
    timers.set(much_later, kStart + 26h);
  });
  timers.set(first, kStart + 10ms);
  timers.fire(kStart + 25h);
  EXPECT_EQ(fired, (std::vector<int>{1, 2}));
  timers.fire(kStart + 27h);
  EXPECT_EQ(fired, (std::vector<int>{1, 2, 3}));
}

TEST(Timers, DoesNotFireWhatIsCancelledOrPutOffFromWithinTheSameTick) {
  Timers timers(kStart);
  std::unique_ptr<TestTimer> a;
  std::unique_ptr<TestTimer> b;
  TestTimer put_off;
  int fired = 0;
  const auto other_goes = [&](std::unique_ptr<TestTimer>& other) {
    ++fired;
    other.reset();
    if (put_off.count() == 0) timers.set(put_off, kStart + 1h);
  };
  a = std::make_unique<TestTimer>([&] { other_goes(b); });
  b = std::make_unique<TestTimer>([&] { other_goes(a); });
  timers.set(*a, kStart + 10ms);
  timers.set(*b, kStart + 10ms);
  timers.set(put_off, kStart + 10ms);
  timers.fire(kStart + 1s);
  EXPECT_EQ(fired, 1);
  EXPECT_LE(put_off.count(), 1);
  EXPECT_NE(put_off.is_set(), put_off.count() == 1);
  EXPECT_NE(a == nullptr, b == nullptr);
}

TEST(Timers, MayBeDestroyedFromWithin) {
  Timers timers(kStart);
  std::unique_ptr<TestTimer> alarm;
  bool fired = false;
  // What it still needs is its own copy: the alarm and all it holds go.
  alarm = std::make_unique<TestTimer>([&] { fired = true; });
  TestTimer reaper([&] { alarm.reset(); });
  timers.set(reaper, kStart + 10ms);
  timers.set(*alarm, kStart + 20ms);
  timers.fire(kStart + 1s);
  EXPECT_FALSE(fired);
  EXPECT_EQ(alarm, nullptr);
  EXPECT_FALSE(timers.next());
}

// A model that is obviously right: all timers by the tick at which they are due.
class Model {
 public:
  void set(int id, std::int64_t tick) {
    cancel(id);
    by_tick_.emplace(tick, id);
  }
  void cancel(int id) {
    std::erase_if(by_tick_, [id](const auto& entry) { return entry.second == id; });
  }
  std::optional<std::int64_t> earliest() const { return by_tick_.empty() ? std::nullopt : std::optional{by_tick_.begin()->first}; }
  std::vector<std::pair<std::int64_t, int>> take_due(std::int64_t tick) {
    const auto end = by_tick_.upper_bound(tick);
    std::vector<std::pair<std::int64_t, int>> due(by_tick_.begin(), end);
    by_tick_.erase(by_tick_.begin(), end);
    std::ranges::sort(due);
    return due;
  }
  std::size_t size() const { return by_tick_.size(); }

 private:
  std::multimap<std::int64_t, int> by_tick_;
};

TEST(Timers, DoesWhatAnOrderedMapWouldDo) {
  constexpr int kTimers = 100;
  constexpr int kOperations = 20'000;
  for (const std::uint64_t seed : {1, 2, 3}) {
    Rng rng(seed);
    TimePoint now = kStart + Duration{static_cast<std::int64_t>(rng.below(1ULL << 50))};
    Timers timers(now);
    Model model;
    std::map<int, std::int64_t> due_of;
    std::vector<std::pair<std::int64_t, int>> fired;
    std::vector<std::unique_ptr<TestTimer>> alarms;
    for (int id = 0; id < kTimers; ++id) alarms.push_back(std::make_unique<TestTimer>([&, id] { fired.emplace_back(due_of[id], id); }));
    // From a nanosecond to more than two years, each order of magnitude as likely as the others.
    const auto some_time = [&rng] { return Duration{static_cast<std::int64_t>(rng.next() >> (8 + rng.below(56)))}; };
    std::size_t total = 0;
    for (int i = 0; i < kOperations; ++i) {
      const int id = static_cast<int>(rng.below(kTimers));
      switch (rng.below(8)) {
        case 0:
        case 1:
        case 2:
        case 3: {
          const TimePoint when = rng.below(20) == 0 ? now - std::min(some_time(), Duration{30min}) : now + some_time();
          timers.set(*alarms[id], when);
          due_of[id] = std::max(ceil_tick(when), floor_tick(now) + 1);
          model.set(id, due_of[id]);
          break;
        }
        case 4:
          alarms[id]->cancel();
          model.cancel(id);
          break;
        default: {
          const auto earliest = model.earliest();
          const auto next = timers.next();
          ASSERT_EQ(next.has_value(), earliest.has_value());
          if (next) {
            ASSERT_LE(floor_tick(*next), *earliest);
            ASSERT_GT(*next, now) << "a reactor would turn in place";
          }
          // To the next step, or anywhere.
          now = next && rng.below(3) != 0 ? *next : now + std::min(some_time(), Duration{24h * 30});
          fired.clear();
          timers.fire(now);
          const auto due = model.take_due(floor_tick(now));
          ASSERT_TRUE(std::ranges::is_sorted(fired, {}, &std::pair<std::int64_t, int>::first)) << "operation " << i;
          std::ranges::sort(fired);
          ASSERT_EQ(fired, due) << "operation " << i << " of seed " << seed;
          total += due.size();
        }
      }
    }
    for (int id = 0; id < kTimers; ++id) model.cancel(id), alarms[id]->cancel();
    EXPECT_FALSE(timers.next());
    EXPECT_GT(total, 1000u);
  }
}

}  // namespace
}  // namespace rota
