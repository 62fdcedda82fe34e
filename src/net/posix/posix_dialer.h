// Dials over the kernel's sockets.
#pragma once

#include "net/dialer.h"

namespace rota {

class PosixDialer final : public Dialer {
 public:
  // Outlives it.
  explicit PosixDialer(Reactor& reactor) : reactor_(reactor) {}
  Task<Result<std::unique_ptr<Stream>>> dial(const Address& address, Deadline deadline, Stop* stop) override;

 private:
  Reactor& reactor_;
};

}  // namespace rota
