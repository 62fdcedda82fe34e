// The tasks that nobody awaits one by one: each connection, each half of a two-way body. A group outlives its tasks, and whoever owns it can wait
// until all of them have ended; so nothing is ever left running behind its owner's back. One thread.
#pragma once

#include <coroutine>
#include <cstddef>

#include "base/check.h"
#include "runtime/task.h"

namespace rota {

class TaskGroup {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup() { CHECK(running_ == 0); }

  // Runs `task` at once, up to its first wait.
  void spawn(Task<void> task) {
    const auto handle = std::move(task).release();
    handle.promise().group = this;
    ++running_;
    handle.resume();
  }

  std::size_t running() const { return running_; }

  // What is no task just now, but will be one again: the group has not ended before it is gone.
  class Hold {
   public:
    explicit Hold(TaskGroup& group) : group_(group) { ++group.running_; }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() { group_.one_less(); }

   private:
    TaskGroup& group_;
  };

  // Ends when no task is left. One waiter at a time.
  auto all_ended() {
    struct Awaiter {
      TaskGroup& group;
      bool await_ready() const noexcept { return group.running_ == 0; }
      void await_suspend(std::coroutine_handle<> awaiting) noexcept {
        CHECK(!group.waiting_);
        group.waiting_ = awaiting;
      }
      void await_resume() noexcept {}
    };
    return Awaiter{*this};
  }

 private:
  friend void task_detail::finish_spawned(std::coroutine_handle<> task, TaskGroup& group) noexcept;

  // May end the group's owner: nothing is touched after it.
  void one_less() {
    if (--running_ > 0 || !waiting_) return;
    std::exchange(waiting_, nullptr).resume();
  }

  std::size_t running_ = 0;
  std::coroutine_handle<> waiting_;
};

namespace task_detail {

inline void finish_spawned(std::coroutine_handle<> task, TaskGroup& group) noexcept {
  task.destroy();
  group.one_less();
}

}  // namespace task_detail
}  // namespace rota
