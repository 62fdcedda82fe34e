// bench-publish: what changes of the fleet cost the data plane, and how long they take to be in force. One of rota's workers, alone on a core, serves real
// connections; an InstanceManager on another thread is told again and again that a weight has changed. No probes, no log, no pages.
//
//   bench-publish --from 127.0.0.1:PORT --to 127.0.0.1:PORT [--to ...] --core N --for TIME --changes N [--changes N | --withheld N ...]
//
// Says `ready`, waits for a line on stdin, and then does one run for each --changes, which is how many there are a second, and for each
// --withheld: as many, of which the worker is not told. Each run is a line of
// JSON: what the worker's thread took of its CPU, what it served, and how long each of
// the snapshots published meanwhile took, from the replace() of the oldest change in it to the swap on the worker.
#include <fmt/core.h>
#include <pthread.h>
#include <time.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/system_clock.h"
#include "control/instance_manager.h"
#include "control/totals.h"
#include "net/posix/posix_dialer.h"
#include "net/posix/posix_listener.h"
#include "proxy/rescue.h"
#include "proxy/worker.h"
#include "runtime/epoll_poller.h"

namespace rota {
namespace {

using std::chrono::seconds;

[[noreturn]] void give_up(std::string_view why) {
  fmt::print(stderr, "bench-publish: {}\n", why);
  std::exit(1);
}

std::unique_ptr<EpollPoller> make_poller() {
  auto poller = EpollPoller::create();
  if (!poller) give_up("out of file descriptors");
  return std::move(*poller);
}

Duration cpu_of_this_thread() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return seconds{spent.tv_sec} + std::chrono::nanoseconds{spent.tv_nsec};
}

void move_this_thread_to(std::size_t core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  if (pthread_setaffinity_np(pthread_self(), sizeof cores, &cores) != 0) give_up("there is no such core");
}

struct Reading {
  Duration cpu;
  std::uint64_t requests;
  std::vector<Duration> swaps;  // since the reading before: from the oldest change in each publication to its swap
};

// A worker on a thread and a core of its own. Everything but `poller_` and the mailbox belongs to that thread once it runs.
class ServingThread {
 public:
  ServingThread(const Clock& clock, InstanceNews& news, Fd socket, std::shared_ptr<const Snapshot> snapshot, std::size_t core)
      : clock_(clock), news_(news), state_(snapshot->services[0]->state), poller_(make_poller()), reactor_(clock, *poller_) {
    thread_ = std::thread([this, core, listens = std::move(socket), begins_with = std::move(snapshot)]() mutable {
      move_this_thread_to(core);
      run(std::move(listens), std::move(begins_with));
    });
  }
  // Ends every connection.
  ~ServingThread() {
    reactor_.mailbox().post([this] { worker_->end_all(); });
    thread_.join();
  }

  // From the control thread, as read().
  void publish(Publication publication, std::optional<TimePoint> changed) {
    reactor_.mailbox().post([this, changed, sent = std::move(publication)]() mutable {
      worker_->publish(std::move(sent));
      if (changed) swaps_.push_back(clock_.now() - *changed);
    });
  }

  Reading read() {
    std::promise<Reading> promise;
    std::future<Reading> reading = promise.get_future();
    reactor_.mailbox().post([this, &promise] {
      promise.set_value({.cpu = cpu_of_this_thread(), .requests = totals_of(*state_).count(), .swaps = std::exchange(swaps_, {})});
    });
    return reading.get();
  }

 private:
  static Task<void> stop_when_ended(Worker& worker, Reactor& reactor) {
    co_await worker.all_ended();
    reactor.stop();
  }

  void run(Fd socket, std::shared_ptr<const Snapshot> snapshot) {
    auto listener = PosixListener::adopt(reactor_, std::move(socket));
    if (!listener) give_up("cannot listen");
    PosixDialer dialer(reactor_);
    Worker worker({.reactor = reactor_,
                   .dialer = dialer,
                   .limits = limits_,
                   .connections = connections_,
                   .access_log = nullptr,
                   .seed = 1,
                   .news = &news_});
    worker_ = &worker;
    worker.publish({.snapshot = std::move(snapshot)});
    worker.serve(std::move(*listener));
    TaskGroup waiting;
    waiting.spawn(stop_when_ended(worker, reactor_));
    reactor_.run();
  }

  const Clock& clock_;
  InstanceNews& news_;
  const std::shared_ptr<const ServiceState> state_;
  const Limits limits_;
  ConnectionCount connections_;
  std::unique_ptr<EpollPoller> poller_;
  Reactor reactor_;
  Worker* worker_ = nullptr;
  std::vector<Duration> swaps_;
  std::thread thread_;
};

// Gives the fleet's instances a weight of 1 or 2 in turn, so many times a second: each change when it is due, or with the next tick of the timers.
class Changes final : private Timer {
 public:
  Changes(Reactor& reactor, InstanceManager& manager, Roster roster) : reactor_(reactor), manager_(manager), roster_(std::move(roster)) {}

  void begin(std::uint64_t rate) {
    rate_ = rate;
    made_ = 0;
    began_ = reactor_.clock().now();
    if (rate_ > 0) set_next();
  }
  std::uint64_t end() {
    cancel();
    return made_;
  }

  // When the oldest change that is not published yet was made; it is published now.
  std::optional<TimePoint> take_oldest() { return std::exchange(oldest_, std::nullopt); }

 private:
  TimePoint due(std::uint64_t change) const { return began_ + Duration{seconds{change}} / rate_; }
  void set_next() { reactor_.timers().set(*this, due(made_ + 1)); }

  void expired() override {
    while (due(made_ + 1) <= reactor_.now()) {
      std::vector<RosterInstance>& instances = roster_.services[0].instances;
      RosterInstance& changing = instances[made_++ % instances.size()];
      changing.weight = changing.weight == 1 ? 2 : 1;
      if (!oldest_) oldest_ = reactor_.clock().now();
      manager_.replace(roster_);
    }
    set_next();
  }

  Reactor& reactor_;
  InstanceManager& manager_;
  Roster roster_;
  std::uint64_t rate_ = 0;
  std::uint64_t made_ = 0;
  TimePoint began_;
  std::optional<TimePoint> oldest_;
};

struct Run {
  std::uint64_t rate;     // changes a second
  bool withheld = false;  // decided and built as ever, but the worker is not told
};

struct Options {
  Address from;
  Roster roster;
  std::size_t core = 0;
  Duration length{};
  std::vector<Run> runs;
};

// ---- the runs

nlohmann::ordered_json run_once(Reactor& control, Changes& changes, ServingThread& serving, const Run& run, Duration length) {
  const Reading before = serving.read();
  const TimePoint began = control.clock().now();
  changes.begin(run.rate);
  while (control.clock().now() - began < length) control.turn();
  const std::uint64_t made = changes.end();
  const Reading after = serving.read();
  const double took = std::chrono::duration<double>(control.clock().now() - began).count();
  std::vector<std::int64_t> in_force;
  for (const Duration swap : after.swaps) in_force.push_back(std::chrono::duration_cast<std::chrono::microseconds>(swap).count());
  return {{"changes_a_second", run.rate},
          {"withheld", run.withheld},
          {"changes", made},
          {"seconds", took},
          {"cpu_ns", (after.cpu - before.cpu).count()},
          {"requests", after.requests - before.requests},
          {"in_force_us", in_force}};
}

// What was published towards the end of a run is not the next one's.
void let_settle(Reactor& control) {
  const TimePoint until = control.clock().now() + 10 * InstanceManager::kCoalesce;
  while (control.clock().now() < until) control.turn();
}

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

Task<void> end_probes(HealthChecker& health) {
  health.end();
  co_await health.all_ended();
}

void run_all(const Options& options) {
  const SystemClock clock;
  auto sockets = open_listen_sockets(options.from, 1);
  if (!sockets) give_up(sockets.error());
  const auto poller = make_poller();
  Reactor control(clock, *poller);
  PosixDialer dialer(control);
  HealthChecker health(control, dialer, 1);
  Events events([](LogLevel, std::string_view) {});
  InstanceManager manager(
      {.reactor = control, .health = health, .monitor = nullptr, .events = events, .workers = 1, .seed = 1, .token_of = error_token});
  Changes changes(control, manager, options.roster);
  std::unique_ptr<ServingThread> serving;
  bool is_told = false;
  manager.publish_to([&](const Publication& publication) {
    const std::optional<TimePoint> changed = changes.take_oldest();
    if (is_told) serving->publish(publication, changed);
  });
  manager.replace(options.roster);
  serving = std::make_unique<ServingThread>(clock, manager, std::move(sockets->sockets[0]), manager.snapshot(), options.core);
  say("ready");
  while (std::getchar() != '\n' && std::feof(stdin) == 0) {
  }
  for (const Run& run : options.runs) {
    let_settle(control);
    is_told = !run.withheld;
    say(run_once(control, changes, *serving, run, options.length).dump());
  }
  let_settle(control);
  manager.end();
  serving.reset();
  TaskGroup ending;
  ending.spawn(end_probes(health));
  while (ending.running() > 0) control.turn();
}

// ---- the command line

template <class T>
T understood(const Parsed<T>& parsed) {
  if (!parsed) give_up(parsed.error());
  return *parsed;
}

Options parse_options(int argc, char** argv) {
  Options options;
  RosterService service{.name = "app", .settings = {}, .instances = {}};
  service.settings.health.interval = Duration::zero();
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    const std::string_view value = argv[i + 1];
    if (flag == "--from") {
      options.from = understood(Address::to_listen(value));
    } else if (flag == "--to") {
      const Address address = understood(Address::to_connect(value));
      service.instances.push_back({.identity = address.text(), .address = address});
    } else if (flag == "--core") {
      options.core = understood(parse_whole(value, CPU_SETSIZE - 1));
    } else if (flag == "--for") {
      options.length = understood(parse_duration(value));
    } else if (flag == "--changes" || flag == "--withheld") {
      options.runs.push_back({.rate = understood(parse_whole(value, 1'000'000)), .withheld = flag == "--withheld"});
    } else {
      give_up(fmt::format("unknown: {}", flag));
    }
  }
  const bool is_whole = argc % 2 == 1 && options.from.port != 0 && !service.instances.empty();
  if (!is_whole || options.length == Duration::zero() || options.runs.empty())
    give_up("--from ADDRESS --to ADDRESS [--to ...] --core N --for TIME --changes N [--changes N | --withheld N ...]");
  options.roster.routes =
      std::make_shared<const Routes>(std::vector<Route>{{.host = {}, .path = {}, .timeouts = service.settings.timeouts}});
  options.roster.services.push_back(std::move(service));
  return options;
}

}  // namespace
}  // namespace rota

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  rota::run_all(rota::parse_options(argc, argv));
}
