// The circuit breaker of one instance: closed, open, half open. Shared by all workers and by the control thread; all that it knows is one atomic word.
// Closed, it counts failures in a row. Open, it admits nobody until its time is over; then one request holds the lease of a trial, whose end closes it or
// opens it for twice as long (Nygard, Release It!, 2007; Hystrix' single test request).
// Invariants: (1) at most one lease is out; (2) only its holder ends a trial; (3) a late outcome of an attempt from before it opened changes nothing.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/rng.h"

namespace rota {

struct BreakerSettings {
  std::uint64_t failures = 5;  // in a row open it; 0: off
  std::uint64_t ratio = 50;    // percent of the attempts within `window`, of which there are at least `of`; 0: off
  std::uint64_t of = 20;
  Duration window = std::chrono::seconds{10};
  Duration open = std::chrono::seconds{5};
  Duration max_open = std::chrono::seconds{60};

  friend bool operator==(const BreakerSettings&, const BreakerSettings&) = default;
};

class Breaker {
 public:
  enum class State : std::uint8_t { closed, open, half_open };
  enum class Admission : std::uint8_t {
    refused,
    free,   // nothing depends on this attempt alone
    trial,  // it holds the lease: exactly one of succeeded(), failed(), abandoned() must follow with trial = true
  };

  // Closed, and the last attempt succeeded: nothing has to be asked, and a success need not be told.
  bool is_quiet() const { return (word_.load(std::memory_order_relaxed) & kBusy) == 0; }

  // Whether an attempt may go to the instance. `may_try`: it could be repeated elsewhere, so it may be the trial.
  Admission admit(TimePoint now, bool may_try);
  void succeeded(TimePoint now, bool trial);
  void failed(const BreakerSettings& settings, TimePoint now, Rng& rng, bool trial);
  // The attempt ended without a word about the instance.
  void abandoned(bool trial);

  // From closed: too many failures within a window.
  void trip(const BreakerSettings& settings, TimePoint now, Rng& rng);
  // The instance is a new one, or has come back.
  void reset();

  // half_open: its time is over, so a trial may begin or is under way.
  State state(TimePoint now) const;
  // When a trial may begin, of one that is open.
  TimePoint open_until() const;
  std::uint64_t failures_in_a_row() const;

  // How often it went there.
  std::uint64_t opened() const { return opened_.load(std::memory_order_relaxed); }
  std::uint64_t half_opened() const { return half_opened_.load(std::memory_order_relaxed); }
  std::uint64_t closed() const { return closed_.load(std::memory_order_relaxed); }

 private:
  enum class Phase : std::uint8_t { closed, open, trial };
  struct Word;
  static constexpr std::uint64_t kBusy = 0xfff;  // phase and row: see Word

  bool exchange(std::uint64_t& from, const Word& to);
  static Word opened_from(const Word& word, const BreakerSettings& settings, TimePoint now, Rng& rng);

  std::atomic<std::uint64_t> word_ = 0;
  std::atomic<std::uint32_t> opened_ = 0;
  std::atomic<std::uint32_t> half_opened_ = 0;
  std::atomic<std::uint32_t> closed_ = 0;
};

}  // namespace rota
