// Anything whose readiness a Reactor tells: a socket, a listener, one end of an in-memory pipe. It remembers what is ready between the edges,
// and who waits for it.
// Invariants: (1) at most one Wait reads, one writes, one Watcher watches; (2) a flag, once set, stays until the operation itself finds the end of
// what was ready; (3) it is attached to one Reactor at most, and detaches before it dies.
#pragma once

#include <cstdint>

#include "base/check.h"
#include "base/error.h"

namespace rota {

class Wait;
class Reactor;

// What happened to a Pollable, as bits.
struct Readiness {
  static constexpr std::uint8_t readable = 1;
  static constexpr std::uint8_t writable = 2;
  static constexpr std::uint8_t peer_closed = 4;  // the peer sends nothing more (FIN)
  static constexpr std::uint8_t broken = 8;       // both directions are gone (RST, error)
  static constexpr std::uint8_t urgent = 16;      // TCP's urgent mark has been seen: reads may end short of it
};

// Its place among a Reactor's slots; the generation makes a stale one find nobody.
struct SlotId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
};

// Told of events between waits: the client that goes away while its answer is made, the idle connection that its peer closes.
class Watcher {
 public:
  // `readiness`: all bits now set. May destroy the Pollable and the Watcher.
  virtual void noticed(std::uint8_t readiness) = 0;

 protected:
  ~Watcher() = default;
};

class Pollable {
 public:
  Pollable() = default;
  Pollable(const Pollable&) = delete;
  Pollable& operator=(const Pollable&) = delete;

  bool is(std::uint8_t bits) const { return (readiness_ & bits) != 0; }
  void set_ready(std::uint8_t bits) { readiness_ = static_cast<std::uint8_t>(readiness_ | bits); }
  void clear_ready(std::uint8_t bits) { readiness_ = static_cast<std::uint8_t>(readiness_ & ~bits); }
  std::uint8_t readiness() const { return readiness_; }

  // Nothing of it is reported before. Only who has to wait enlists it, because many a short connection never does; false: the kernel refuses.
  bool enlist() {
    if (!enlisted_) [[unlikely]]
      enlisted_ = enlist_now();
    return enlisted_;
  }
  bool is_enlisted() const { return enlisted_; }

  // Ends who waits to read from it, if anybody does; he goes on from the reactor's next turn.
  void end_reading(Error why);

  // nullptr: nobody watches any more. Told of what is reported, so it has to be enlisted for that.
  void watch(Watcher* watcher) { watcher_ = watcher; }

 protected:
  ~Pollable() { CHECK(reader_ == nullptr && writer_ == nullptr); }

 private:
  friend class Reactor;
  friend class Wait;
  virtual bool enlist_now() = 0;

  Wait* reader_ = nullptr;
  Wait* writer_ = nullptr;
  Watcher* watcher_ = nullptr;
  SlotId slot_;
  std::uint8_t readiness_ = 0;
  bool enlisted_ = false;
};

}  // namespace rota
