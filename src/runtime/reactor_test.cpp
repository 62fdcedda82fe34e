#include "runtime/reactor.h"

#include <gtest/gtest.h>

#include "base/manual_clock.h"
#include "runtime/task_group.h"
#include "runtime/wait.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

// Hands out what a test has put into it; time goes on to the deadline where there is nothing.
class ScriptedPoller final : public Poller {
 public:
  explicit ScriptedPoller(ManualClock& clock) : clock_(clock) {}
  void poll(Deadline until, TimePoint, std::vector<ReadinessEvent>& events) override {
    if (next.empty() && !until.is_never()) clock_.advance_to(until.point());
    events.insert(events.end(), next.begin(), next.end());
    next.clear();
  }
  Result<void> add(int, SlotId) override { return fail(ErrorCode::io); }
  void wake() override { woken = true; }

  std::vector<ReadinessEvent> next;
  bool woken = false;

 private:
  ManualClock& clock_;
};

class Source final : public Pollable {
 public:
  explicit Source(Reactor& reactor) : reactor_(reactor), slot(reactor.attach(*this)) {}
  ~Source() { reactor_.detach(*this); }

 private:
  bool enlist_now() override { return true; }
  Reactor& reactor_;

 public:
  const SlotId slot;
};

// Completes when its source is readable.
class Readable final : public Wait {
 public:
  Readable(Reactor& reactor, Source& source, Deadline deadline, Stop* stop)
      : Wait(reactor, source), source_(source), deadline_(deadline), stop_on_(stop) {}
  bool await_ready() { return must_not_begin(deadline_, stop_on_) || attempt(); }
  void await_suspend(std::coroutine_handle<> waiting) { suspend(waiting, For::reading, deadline_, stop_on_); }
  Result<void> await_resume() { return result_; }

 private:
  bool attempt() override { return source_.is(Readiness::readable); }
  void end(Error why) override { result_ = std::unexpected(why); }

  Source& source_;
  Deadline deadline_;
  Stop* stop_on_;
  Result<void> result_;
};

struct World {
  ManualClock clock;
  ScriptedPoller poller{clock};
  Reactor reactor{clock, poller};
  TaskGroup tasks;
};

Task<void> wait_for(World& world, Source& source, Deadline deadline, Stop* stop, std::vector<Result<void>>& results) {
  const Result<void> result = co_await Readable(world.reactor, source, deadline, stop);
  results.push_back(result);
}

TEST(Reactor, ResumesWhoWaitsForWhatHappened) {
  World world;
  Source source(world.reactor);
  std::vector<Result<void>> results;
  world.tasks.spawn(wait_for(world, source, Deadline::never(), nullptr, results));
  world.poller.next = {{source.slot, Readiness::writable}};
  world.reactor.turn();
  EXPECT_TRUE(results.empty());
  world.poller.next = {{source.slot, Readiness::readable}};
  world.reactor.turn();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_TRUE(results[0]);
}

TEST(Reactor, EndsAWaitAtItsDeadlineAndNotBefore) {
  World world;
  Source source(world.reactor);
  std::vector<Result<void>> results;
  const TimePoint before = world.clock.now();
  world.tasks.spawn(wait_for(world, source, Deadline::after(before, 5s), nullptr, results));
  while (results.empty()) world.reactor.turn();
  EXPECT_EQ(results[0].error().code, ErrorCode::timed_out);
  EXPECT_GE(world.clock.now() - before, 5s);
  EXPECT_LT(world.clock.now() - before, 5s + 5ms);
}

TEST(Reactor, EndsAWaitWhoseStopIsRequestedAndEachLaterOneAtOnce) {
  World world;
  Source source(world.reactor);
  Stop stop;
  std::vector<Result<void>> results;
  world.tasks.spawn(wait_for(world, source, Deadline::never(), &stop, results));
  stop.request({.code = ErrorCode::stopped});
  EXPECT_TRUE(results.empty()) << "it goes on from the next turn, not from inside the request";
  world.reactor.turn();
  ASSERT_EQ(results.size(), 1u);
  world.tasks.spawn(wait_for(world, source, Deadline::never(), &stop, results));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1].error().code, ErrorCode::stopped);
}

TEST(Reactor, ForgetsTheTimerOfAWaitThatCompleted) {
  World world;
  Source source(world.reactor);
  std::vector<Result<void>> results;
  world.tasks.spawn(wait_for(world, source, Deadline::after(world.clock.now(), 5s), nullptr, results));
  world.poller.next = {{source.slot, Readiness::readable}};
  world.reactor.turn();
  EXPECT_FALSE(world.reactor.timers().next().has_value());
}

// A source that went away in the same batch: its event must not reach the one that has its slot now.
TEST(Reactor, AnEventOfASlotThatWasGivenAwayFindsNobody) {
  World world;
  auto first = std::make_unique<Source>(world.reactor);
  const SlotId stale = first->slot;
  first.reset();
  Source second(world.reactor);
  EXPECT_EQ(second.slot.index, stale.index);
  world.poller.next = {{stale, Readiness::readable}};
  world.reactor.turn();
  EXPECT_FALSE(second.is(Readiness::readable));
}

Task<void> look_at(World& world, Source& waits_for, Source& other, bool& other_was_ready) {
  const Result<void> result = co_await Readable(world.reactor, waits_for, Deadline::never(), nullptr);
  other_was_ready = result.has_value() && other.is(Readiness::readable);
}

TEST(Reactor, AppliesAllFlagsOfABatchBeforeAnybodyGoesOn) {
  World world;
  Source first(world.reactor);
  Source second(world.reactor);
  bool other_was_ready = false;
  world.tasks.spawn(look_at(world, first, second, other_was_ready));
  world.poller.next = {{first.slot, Readiness::readable}, {second.slot, Readiness::readable}};
  world.reactor.turn();
  EXPECT_TRUE(other_was_ready);
}

TEST(Reactor, ReadsItsMailBetweenTwoTurnsAndWakesForIt) {
  World world;
  bool read = false;
  world.reactor.mailbox().post([&read] { read = true; });
  EXPECT_TRUE(world.poller.woken);
  EXPECT_FALSE(read);
  world.reactor.turn();
  EXPECT_TRUE(read);
}

TEST(Reactor, RunsUntilItIsStopped) {
  World world;
  world.reactor.mailbox().post([&world] { world.reactor.stop(); });
  world.reactor.run();
  SUCCEED() << "it came back";
}

}  // namespace
}  // namespace rota
