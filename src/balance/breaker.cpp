#include "balance/breaker.h"

#include <algorithm>
#include <utility>

namespace rota {

// The word's parts. Its time is in milliseconds of the monotonic clock: of an open one when its trial may begin, of a closed one when it was closed (0: it
// has never been open).
struct Breaker::Word {
  Phase phase;
  std::uint64_t row;        // failures in a row, of a closed one
  std::uint64_t doublings;  // of the time that it is open, or was last
  bool overtaken;           // a lease is still out that a reset came before: until it ends there is no other
  std::uint64_t time;

  static constexpr std::uint64_t kMostRow = 1023;
  static constexpr std::uint64_t kMostDoublings = 31;

  static Word of(std::uint64_t bits) {
    return {.phase = static_cast<Phase>(bits & 3),
            .row = (bits >> 2) & 0x3ff,
            .doublings = (bits >> 12) & 0x1f,
            .overtaken = ((bits >> 17) & 1) != 0,
            .time = bits >> 18};
  }
  std::uint64_t bits() const {
    return static_cast<std::uint64_t>(phase) | (row << 2) | (doublings << 12) | (std::uint64_t{overtaken} << 17) | (time << 18);
  }
  // The end of an attempt with the lease. True: it was overtaken, so that it is an attempt like others from here on.
  bool ends_overtaken(bool trial) { return trial && std::exchange(overtaken, false); }
};

namespace {

std::uint64_t milliseconds(TimePoint point) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(point.time_since_epoch()).count());
}

// The time in state open after so many doublings, before its jitter.
Duration open_time(const BreakerSettings& settings, std::uint64_t doublings) {
  Duration time = settings.open;
  for (std::uint64_t i = 0; i < doublings && time < settings.max_open; ++i) time *= 2;
  return std::min(time, std::max(settings.open, settings.max_open));
}

}  // namespace

bool Breaker::exchange(std::uint64_t& from, const Word& to) {
  return word_.compare_exchange_weak(from, to.bits(), std::memory_order_acq_rel, std::memory_order_acquire);
}

// Up to a tenth less than asked for, so that several that opened together do not try together. One that opens soon after it was closed goes on
// doubling: it was no recovery.
Breaker::Word Breaker::opened_from(const Word& word, const BreakerSettings& settings, TimePoint now, Rng& rng) {
  std::uint64_t doublings = 0;
  if (word.phase == Phase::trial) {
    doublings = std::min(word.doublings + 1, Word::kMostDoublings);
  } else if (word.time != 0) {
    const Duration quiet = now - TimePoint{std::chrono::milliseconds{word.time}};
    const bool soon = quiet < std::max(settings.window, 2 * open_time(settings, word.doublings));
    if (soon) doublings = std::min(word.doublings + 1, Word::kMostDoublings);
  }
  const Duration whole = open_time(settings, doublings);
  const auto tenth = static_cast<std::uint64_t>(whole.count() / 10);
  const Duration jitter{tenth == 0 ? 0 : static_cast<Duration::rep>(rng.below(tenth))};
  return {.phase = Phase::open, .row = 0, .doublings = doublings, .overtaken = word.overtaken, .time = milliseconds(now + whole - jitter)};
}

Breaker::Admission Breaker::admit(TimePoint now, bool may_try) {
  std::uint64_t bits = word_.load(std::memory_order_acquire);
  for (;;) {
    const Word word = Word::of(bits);
    if (word.phase == Phase::closed) return Admission::free;
    if (word.phase == Phase::trial || word.overtaken || !may_try || milliseconds(now) < word.time) return Admission::refused;
    Word trial = word;
    trial.phase = Phase::trial;
    if (!exchange(bits, trial)) continue;
    half_opened_.fetch_add(1, std::memory_order_relaxed);
    return Admission::trial;
  }
}

void Breaker::succeeded(TimePoint now, bool trial) {
  std::uint64_t bits = word_.load(std::memory_order_acquire);
  for (;;) {
    Word word = Word::of(bits);
    const bool overtaken = word.ends_overtaken(trial);
    const bool ends_trial = trial && !overtaken && word.phase == Phase::trial;
    const bool ends_row = word.phase == Phase::closed && word.row > 0;
    if (!ends_trial && !ends_row && !overtaken) return;
    word.row = 0;
    if (ends_trial) {
      word.phase = Phase::closed;
      word.time = std::max<std::uint64_t>(1, milliseconds(now));
    }
    if (!exchange(bits, word)) continue;
    if (ends_trial) closed_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
}

void Breaker::failed(const BreakerSettings& settings, TimePoint now, Rng& rng, bool trial) {
  std::uint64_t bits = word_.load(std::memory_order_acquire);
  for (;;) {
    Word word = Word::of(bits);
    const bool overtaken = word.ends_overtaken(trial);
    const bool ends_trial = trial && !overtaken && word.phase == Phase::trial;
    const bool counts = word.phase == Phase::closed && settings.failures != 0;
    if (!ends_trial && !counts && !overtaken) return;
    Word next = word;
    if (counts) next.row = std::min(word.row + 1, Word::kMostRow);
    const bool opens = ends_trial || (counts && next.row >= settings.failures);
    if (opens) next = opened_from(word, settings, now, rng);
    if (!exchange(bits, next)) continue;
    if (opens) opened_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
}

void Breaker::abandoned(bool trial) {
  if (!trial) return;
  std::uint64_t bits = word_.load(std::memory_order_acquire);
  for (;;) {
    Word word = Word::of(bits);
    if (!word.ends_overtaken(trial)) {
      if (word.phase != Phase::trial) return;
      word.phase = Phase::open;  // its time is over already
    }
    if (exchange(bits, word)) return;
  }
}

void Breaker::trip(const BreakerSettings& settings, TimePoint now, Rng& rng) {
  std::uint64_t bits = word_.load(std::memory_order_acquire);
  for (;;) {
    const Word word = Word::of(bits);
    if (word.phase != Phase::closed) return;
    if (!exchange(bits, opened_from(word, settings, now, rng))) continue;
    opened_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
}

void Breaker::reset() {
  std::uint64_t bits = word_.load(std::memory_order_acquire);
  for (;;) {
    const Word before = Word::of(bits);
    const Word after{
        .phase = Phase::closed, .row = 0, .doublings = 0, .overtaken = before.overtaken || before.phase == Phase::trial, .time = 0};
    if (!exchange(bits, after)) continue;
    if (before.phase != Phase::closed) closed_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
}

Breaker::State Breaker::state(TimePoint now) const {
  const Word word = Word::of(word_.load(std::memory_order_acquire));
  if (word.phase == Phase::closed) return State::closed;
  return word.phase == Phase::trial || milliseconds(now) >= word.time ? State::half_open : State::open;
}

TimePoint Breaker::open_until() const { return TimePoint{std::chrono::milliseconds{Word::of(word_.load(std::memory_order_acquire)).time}}; }

std::uint64_t Breaker::failures_in_a_row() const { return Word::of(word_.load(std::memory_order_acquire)).row; }

}  // namespace rota
