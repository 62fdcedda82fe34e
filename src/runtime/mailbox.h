// Work handed to a reactor from another thread: the control thread's snapshots, a request to stop. Any thread posts; the reactor's thread drains,
// once a turn. Not for the request path: posting locks.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "runtime/poller.h"

namespace rota {

class Mailbox {
 public:
  using Message = std::move_only_function<void()>;

  explicit Mailbox(Poller& poller) : poller_(poller) {}

  void post(Message message) {
    {
      const std::scoped_lock lock(mutex_);
      messages_.push_back(std::move(message));
      has_mail_.store(true, std::memory_order_release);
    }
    poller_.wake();
  }

  // In order of posting. What is posted meanwhile waits for the next drain.
  void drain() {
    if (!has_mail_.load(std::memory_order_acquire)) return;
    std::vector<Message> taken;
    {
      const std::scoped_lock lock(mutex_);
      taken.swap(messages_);
      has_mail_.store(false, std::memory_order_relaxed);
    }
    for (Message& message : taken) message();
  }

  bool is_empty() const { return !has_mail_.load(std::memory_order_acquire); }

 private:
  Poller& poller_;
  std::mutex mutex_;
  std::vector<Message> messages_;
  std::atomic<bool> has_mail_ = false;
};

}  // namespace rota
