// Task<T>: what waits. Lazy, move-only, its frame from the thread's FramePool. It starts when awaited, and its awaiter goes on when it ends,
// by symmetric transfer, so that a chain of any depth uses no stack. Structured only: a Task is awaited by its creator or spawned into a TaskGroup.
// Nothing throws through a Task: an exception that reaches its edge ends the process.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/check.h"
#include "runtime/frame_pool.h"

namespace rota {

class TaskGroup;

namespace task_detail {

class PromiseBase {
 public:
  static void* operator new(std::size_t size) { return FramePool::take(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { FramePool::give_back(frame, size); }

  std::suspend_always initial_suspend() noexcept { return {}; }
  [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }

  std::coroutine_handle<> continuation = std::noop_coroutine();
  TaskGroup* group = nullptr;  // set on a spawned task: nobody awaits it, the group frees it
};

// Ends a spawned task: frees its frame and tells its group. Defined with TaskGroup.
void finish_spawned(std::coroutine_handle<> task, TaskGroup& group) noexcept;

struct FinalAwaiter {
  bool await_ready() noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
    PromiseBase& promise = ended.promise();
    if (promise.group == nullptr) [[likely]]
      return promise.continuation;
    finish_spawned(ended, *promise.group);
    return std::noop_coroutine();
  }
  void await_resume() noexcept {}
};

template <class T>
class Promise final : public PromiseBase {
 public:
  std::coroutine_handle<Promise> get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  FinalAwaiter final_suspend() noexcept { return {}; }
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() { return *std::move(value_); }

 private:
  std::optional<T> value_;
};

template <>
class Promise<void> final : public PromiseBase {
 public:
  std::coroutine_handle<Promise> get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  FinalAwaiter final_suspend() noexcept { return {}; }
  void return_void() {}
  void take() {}
};

}  // namespace task_detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = task_detail::Promise<T>;

  Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}  // made by the coroutine itself
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  auto operator co_await() && noexcept {
    struct Awaiter {
      std::coroutine_handle<promise_type> task;
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
        task.promise().continuation = awaiting;
        return task;
      }
      T await_resume() { return task.promise().take(); }
    };
    return Awaiter{handle_};
  }

  // For TaskGroup: the frame is the caller's from here on.
  std::coroutine_handle<promise_type> release() && { return std::exchange(handle_, nullptr); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace rota
