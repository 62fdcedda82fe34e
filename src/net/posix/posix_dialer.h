// Dials over the kernel's sockets.
#pragma once

#include "net/dialer.h"
#include "runtime/epoll_poller.h"

namespace rota {

class PosixDialer final : public Dialer {
 public:
  // Both outlive it.
  PosixDialer(Reactor& reactor, EpollPoller& poller) : reactor_(reactor), poller_(poller) {}
  Task<Result<std::unique_ptr<Stream>>> dial(const Address& address, Deadline deadline, Stop* stop) override;

 private:
  Reactor& reactor_;
  EpollPoller& poller_;
};

}  // namespace rota
