#include "log/bell.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

namespace rota {
namespace {

timespec to_timespec(Duration duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  return {.tv_sec = seconds.count(), .tv_nsec = (duration - seconds).count()};
}

}  // namespace

Bell::Bell() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Bell::~Bell() {
  if (fd_ >= 0) ::close(fd_);
}

void Bell::ring_always() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof one);  // full means rung already
}

void Bell::sleep(const std::vector<int>& writable, TimePoint until, const std::function<bool()>& has_work) {
  polled_.assign(1, {.fd = fd_, .events = POLLIN, .revents = 0});
  for (const int fd : writable) polled_.push_back({.fd = fd, .events = POLLOUT, .revents = 0});
  state_.store(State::asleep, std::memory_order_seq_cst);
  if (has_work()) {
    state_.store(State::awake, std::memory_order_seq_cst);
    return;
  }
  if (until == TimePoint::max()) {
    wait(nullptr);
  } else {
    const timespec limit = to_timespec(std::max(until - std::chrono::steady_clock::now(), Duration::zero()));
    wait(&limit);
  }
}

void Bell::rest(Duration duration, bool deaf) {
  polled_.assign(1, {.fd = fd_, .events = POLLIN, .revents = 0});
  if (!deaf) state_.store(State::resting, std::memory_order_seq_cst);
  const timespec limit = to_timespec(duration);
  wait(&limit);
}

void Bell::wait(const timespec* limit) {
  ::ppoll(polled_.data(), polled_.size(), limit, nullptr);
  // Awake before the eventfd is emptied: who rings in between leaves a count in it that ends the next wait early, and loses nothing.
  state_.store(State::awake, std::memory_order_seq_cst);
  std::uint64_t rung = 0;
  [[maybe_unused]] const ssize_t size = ::read(fd_, &rung, sizeof rung);
  wakeups_.store(wakeups() + 1, std::memory_order_relaxed);
}

}  // namespace rota
