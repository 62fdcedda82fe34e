// Where a Reactor's events come from: the kernel's epoll, or in tests a simulated network on a manual clock. One virtual call a turn.
#pragma once

#include <cstdint>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "runtime/pollable.h"

namespace rota {

struct ReadinessEvent {
  SlotId slot;
  std::uint8_t readiness;
};

class Poller {
 public:
  virtual ~Poller() = default;
  // Waits until something happens or `until` passes, whichever is first, and appends what happened. A point in the past: does not wait.
  virtual void poll(Deadline until, TimePoint now, std::vector<ReadinessEvent>& events) = 0;
  // From here on `fd` reports under `slot`, beginning with what it is ready for now. Once for each; until it is closed.
  virtual Result<void> add(int fd, SlotId slot) = 0;
  // Ends a poll() that waits, or the next one. From any thread.
  virtual void wake() = 0;
};

}  // namespace rota
