// The kernel's epoll, edge-triggered: each descriptor is registered once, for everything, and never touched again until it is closed.
#pragma once

#include <memory>

#include "base/error.h"
#include "runtime/poller.h"

namespace rota {

class EpollPoller final : public Poller {
 public:
  // Fails where the process is out of descriptors.
  static Result<std::unique_ptr<EpollPoller>> create();
  ~EpollPoller() override;
  EpollPoller(const EpollPoller&) = delete;
  EpollPoller& operator=(const EpollPoller&) = delete;

  Result<void> add(int fd, SlotId slot) override;
  void poll(Deadline until, TimePoint now, std::vector<ReadinessEvent>& events) override;
  void wake() override;

 private:
  EpollPoller(int epoll, int waker) : epoll_(epoll), waker_(waker) {}

  int epoll_;
  int waker_;  // an eventfd
};

}  // namespace rota
