#include "log/log_writer.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <system_error>

#include "base/system_clock.h"
#include "log/bell.h"

namespace rota {
namespace {

// Between two looks at a pipe that is full: its reader should find it filled in few large pieces, and yet never empty.
constexpr Duration kBlockedRest = std::chrono::milliseconds{1};
// What a thread that is not stuck needs to notice that patience has ended.
constexpr Duration kGrace = std::chrono::milliseconds{50};

}  // namespace

// What the thread works on. It may still sit in a write when everything around is gone: it reaches nothing but this, and the report only
// while nobody has given it up.
struct LogWriter::Shared {
  LogPump pump;
  Bell bell;
  const SystemClock clock;  // its own, not handed in: it sleeps in real time, and may outlive what it would be handed
  std::atomic<bool> reopens = false;
  std::atomic<bool> stops = false;

  std::mutex mutex;
  std::condition_variable has_ended;
  TimePoint stop_at = TimePoint::max();  // guarded by mutex, as the next two
  bool is_done = false;
  bool is_given_up = false;
  LogPump::Report report;  // called under mutex; it never waits

  void run();
  void work();
  void finish();
  void tell(LogLevel level, std::string_view text);
};

void LogWriter::Shared::run() {
  while (!stops.load(std::memory_order_acquire)) {
    if (reopens.exchange(false, std::memory_order_acq_rel)) pump.reopen();
    work();
    // First written, then gathered: a single line does not wait for others, and many cost one wakeup for all that come within this rest. Only
    // half a ring is a reason to end it early, and where a sink is full not even that, as more could not be written anyway.
    const bool blocked = !pump.blocked_fds().empty();
    bell.rest(blocked ? kBlockedRest : kGather, blocked);
    const auto has_reason = [this] { return pump.has_work() || stops.load() || reopens.load(); };
    if (!has_reason()) bell.sleep(pump.blocked_fds(), pump.wake_at(clock.now()), has_reason);
  }
  finish();
  const std::scoped_lock lock(mutex);
  is_done = true;
  has_ended.notify_all();
}

void LogWriter::Shared::work() {
  while (pump.turn(clock.now()) && !stops.load(std::memory_order_relaxed)) {
  }
}

void LogWriter::Shared::finish() {
  const auto deadline = [this] {
    const std::scoped_lock lock(mutex);
    return is_given_up ? TimePoint{} : stop_at;
  };
  pump.report_rest();
  for (;;) {
    pump.turn(clock.now());
    if (pump.is_finished() || clock.now() >= deadline()) return;
    const auto has_work = [this] { return pump.has_work(); };
    bell.sleep(pump.blocked_fds(), std::min(deadline(), pump.wake_at(clock.now())), has_work);
  }
}

void LogWriter::Shared::tell(LogLevel level, std::string_view text) {
  const std::scoped_lock lock(mutex);
  if (report && !is_given_up) report(level, text);
}

LogWriter::LogWriter() : shared_(std::make_shared<Shared>()) {}

LogWriter::~LogWriter() { stop(); }

std::size_t LogWriter::add_sink(std::unique_ptr<LogSink> sink, std::string title) {
  return shared_->pump.add_sink(std::move(sink), std::move(title));
}

LogRing& LogWriter::add_ring(std::size_t sink, std::size_t capacity) { return shared_->pump.add_ring(sink, capacity); }

void LogWriter::set_report(LogPump::Report report) {
  shared_->report = std::move(report);
  // The pump is part of what `shared` owns: a plain pointer, or they would keep each other alive.
  shared_->pump.set_report([shared = shared_.get()](LogLevel level, std::string_view text) { shared->tell(level, text); });
}

std::expected<void, std::string> LogWriter::start() {
  if (!shared_->bell.is_open()) return std::unexpected("the log's thread: no file descriptor is left");
  // It takes no signals: those are for the threads that handle them, and a closed pipe is an error here, not a reason to die.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::expected<void, std::string> started;
  try {
    thread_ = std::thread([shared = shared_] { shared->run(); });
    ::pthread_setname_np(thread_.native_handle(), "rota-log");
  } catch (const std::system_error& error) {
    started = std::unexpected(std::string("the log's thread: ") + error.what());
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

bool LogWriter::push(LogRing& ring, std::string_view line) {
  // A line that found no room wakes nobody: those before it did.
  if (!ring.push(line)) return false;
  shared_->bell.ring(ring.is_half_full());
  return true;
}

void LogWriter::reopen() {
  shared_->reopens.store(true, std::memory_order_release);
  shared_->bell.ring_always();
}

std::uint64_t LogWriter::stop(Duration patience) {
  if (thread_.joinable()) {
    std::unique_lock lock(shared_->mutex);
    const auto is_done = [this] { return shared_->is_done; };
    shared_->stop_at = shared_->clock.now() + patience;
    shared_->stops.store(true, std::memory_order_release);
    shared_->bell.ring_always();
    if (!shared_->has_ended.wait_for(lock, patience, is_done)) {
      shared_->is_given_up = true;
      shared_->bell.ring_always();
      shared_->has_ended.wait_for(lock, kGrace, is_done);
    }
    const bool done = shared_->is_done;
    lock.unlock();
    if (done) {
      thread_.join();
    } else {
      thread_.detach();
    }
  }
  return shared_->pump.unwritten_lines();
}

std::uint64_t LogWriter::dropped(std::size_t sink) const { return shared_->pump.dropped(sink); }

std::uint64_t LogWriter::wakeups() const { return shared_->bell.wakeups(); }

bool LogWriter::is_asleep() const { return shared_->bell.is_asleep(); }

}  // namespace rota
