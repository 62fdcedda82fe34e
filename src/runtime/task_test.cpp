#include "runtime/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "runtime/task_group.h"

namespace rota {
namespace {

// Suspends whoever awaits it until somebody opens it.
class Gate {
 public:
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { waiting_ = waiting; }
  void await_resume() const noexcept {}
  bool is_awaited() const { return static_cast<bool>(waiting_); }
  void open() { std::exchange(waiting_, nullptr).resume(); }

 private:
  std::coroutine_handle<> waiting_;
};

Task<int> give(int value) { co_return value; }

Task<std::unique_ptr<int>> give_owned(int value) { co_return std::make_unique<int>(value); }

Task<void> note(std::vector<int>& notes, int value) {
  notes.push_back(value);
  co_return;
}

Task<void> collect(std::vector<int>& notes) {
  co_await note(notes, 1);
  const int two = co_await give(2);
  notes.push_back(two);
  const std::unique_ptr<int> three = co_await give_owned(3);
  notes.push_back(*three);
}

TEST(Task, HandsItsValueToItsAwaiterInOrder) {
  std::vector<int> notes;
  TaskGroup group;
  group.spawn(collect(notes));
  EXPECT_EQ(notes, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(group.running(), 0u);
}

TEST(Task, DoesNothingUntilItIsAwaited) {
  std::vector<int> notes;
  {
    const Task<void> never = note(notes, 1);
  }
  EXPECT_TRUE(notes.empty());
}

Task<int> count_down(int from) {
  if (from == 0) co_return 0;
  const int below = co_await count_down(from - 1);
  co_return below + 1;
}

Task<void> store(int& to, Task<int> from) { to = co_await std::move(from); }

// Ending a chain of a hundred thousand frames one inside the other would not fit on the stack. Sanitizers and -O0 make no tail calls of the
// transfer.
TEST(Task, EndsALongRowOfTasksWithoutUsingUpTheStack) {
  int depth = 0;
  TaskGroup group;
  group.spawn(store(depth, count_down(500)));
  EXPECT_EQ(depth, 500);
}

Task<void> wait_at(Gate& gate, std::vector<int>& notes, int value) {
  co_await gate;
  notes.push_back(value);
}

Task<void> wait_behind(Gate& gate, std::vector<int>& notes, int value) {
  co_await wait_at(gate, notes, value);
  notes.push_back(-value);
}

TEST(TaskGroup, RunsEachTaskToItsFirstWaitAndKnowsHowManyAreLeft) {
  std::vector<int> notes;
  Gate first;
  Gate second;
  TaskGroup group;
  group.spawn(wait_behind(first, notes, 1));
  group.spawn(wait_behind(second, notes, 2));
  EXPECT_TRUE(first.is_awaited());
  EXPECT_EQ(group.running(), 2u);
  second.open();
  EXPECT_EQ(notes, (std::vector<int>{2, -2}));
  EXPECT_EQ(group.running(), 1u);
  first.open();
  EXPECT_EQ(notes, (std::vector<int>{2, -2, 1, -1}));
  EXPECT_EQ(group.running(), 0u);
}

Task<void> note_when_all_ended(TaskGroup& group, std::vector<int>& notes) {
  co_await group.all_ended();
  notes.push_back(99);
}

TEST(TaskGroup, WakesWhoWaitsForItWhenItsLastTaskEnds) {
  std::vector<int> notes;
  Gate first;
  Gate second;
  TaskGroup tasks;
  TaskGroup waiting;
  tasks.spawn(wait_at(first, notes, 1));
  tasks.spawn(wait_at(second, notes, 2));
  waiting.spawn(note_when_all_ended(tasks, notes));
  first.open();
  EXPECT_EQ(notes, (std::vector<int>{1}));
  second.open();
  EXPECT_EQ(notes, (std::vector<int>{1, 2, 99}));
  waiting.spawn(note_when_all_ended(tasks, notes));  // nothing is left: at once
  EXPECT_EQ(notes.size(), 4u);
}

Task<void> own(std::shared_ptr<int> owned, Gate& gate) {
  co_await gate;
  EXPECT_EQ(*owned, 7);
}

TEST(TaskGroup, FreesTheFrameOfATaskThatEnds) {
  const auto owned = std::make_shared<int>(7);
  Gate gate;
  TaskGroup group;
  group.spawn(own(owned, gate));
  EXPECT_EQ(owned.use_count(), 2);
  gate.open();
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(TaskGroupDeathTest, CannotEndBeforeItsTasks) {
  EXPECT_DEATH(
      {
        Gate gate;
        std::vector<int> notes;
        TaskGroup group;
        group.spawn(wait_at(gate, notes, 1));
      },
      "running_ == 0");
}

}  // namespace
}  // namespace rota
