#include "app/server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/random.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "app/admin_site.h"
#include "app/fleet.h"
#include "app/logs.h"
#include "app/machine.h"
#include "app/reload.h"
#include "app/resolve.h"
#include "app/say.h"
#include "app/signals.h"
#include "app/start_line.h"
#include "app/version.h"
#include "app/worker_thread.h"
#include "base/system_clock.h"
#include "config/needs_restart.h"
#include "proxy/rescue.h"

namespace rota {
namespace {

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
    seed = static_cast<std::uint64_t>(SystemClock{}.wall().time_since_epoch().count());
  return seed;
}

// Each connection may need a second descriptor, to its instance; 64 are kept for everything else.
std::uint64_t most_connections(std::uint64_t descriptors) { return descriptors > 66 ? (descriptors - 64) / 2 : 1; }

void fit_connections_to_descriptors(Limits& limits, EventLog& log) {
  const std::uint64_t descriptors = raise_open_file_limit();
  const std::uint64_t most = most_connections(descriptors);
  if (most >= limits.connections) return;
  log.say(LogLevel::warn,
          fmt::format("limits.connections is {}, but {} open files allow {} connections", limits.connections, descriptors, most));
  limits.connections = most;
}

std::expected<std::vector<ListenSockets>, std::string> open_all(const std::vector<Address>& addresses, std::size_t workers) {
  std::vector<ListenSockets> opened;
  for (const Address& address : addresses) {
    auto sockets = open_listen_sockets(address, workers);
    if (!sockets) return std::unexpected(sockets.error());
    opened.push_back(std::move(*sockets));
  }
  return opened;
}

using Workers = std::vector<std::unique_ptr<WorkerThread>>;

// The process while it serves. Everything of it lives on the control thread; workers are told by messages.
class Server {
 public:
  Server(Loaded loaded, const Reload::Load& load, Reactor& control, Signals& signals, Logs& logs, std::vector<ListenSockets> listeners,
         std::size_t workers)
      : loaded_(std::move(loaded)),
        control_(control),
        signals_(signals),
        logs_(logs),
        listeners_(std::move(listeners)),
        worker_count_(workers),
        fleet_(control, logs.events(), loaded_.config, workers, random_seed()),
        unrouted_(workers),
        reload_(control.mailbox(), load, [this](auto result) { reloaded(std::move(result)); }) {}

  // Until it is asked to end, and has. The error says what kept it from serving.
  std::expected<void, std::string> run();

 private:
  std::expected<void, std::string> start_workers();
  Task<void> obey_signals();
  Task<void> end_control();
  FleetView view();
  void end_asked();
  void publish(const Publication& publication);
  void reloaded(std::expected<Loaded, std::string> result);
  void apply(Loaded wanted);
  void worker_ended();

  Loaded loaded_;
  Reactor& control_;
  Signals& signals_;
  Logs& logs_;
  std::vector<ListenSockets> listeners_;
  const std::size_t worker_count_;
  Fleet fleet_;
  ConnectionCount connections_;
  PerWorker<ServiceCells> unrouted_;
  Workers workers_;
  std::size_t running_ = 0;
  bool draining_ = false;
  const WallTime started_ = control_.clock().wall();
  std::uint64_t reloads_applied_ = 0;
  std::uint64_t reloads_refused_ = 0;
  std::unique_ptr<AdminSite> admin_;
  Stop all_ended_;
  Reload reload_;
};

std::expected<void, std::string> Server::run() {
  if (loaded_.config.admin.listen) {
    auto opened = AdminSite::open(control_, loaded_.config.admin, [this] { return view(); }, fleet_.events());
    if (!opened) return std::unexpected(opened.error());
    admin_ = std::move(*opened);
  }
  TaskGroup tasks;
  tasks.spawn(obey_signals());
  fleet_.begin([this](const Publication& publication) { publish(publication); });
  // Whoever connects meanwhile stands in the listeners' queues.
  while (!fleet_.is_settled() && !draining_) control_.turn();
  fleet_.manager().publish();
  std::expected<void, std::string> started;
  if (!draining_) started = start_workers();
  if (running_ == 0) all_ended_.request({.code = ErrorCode::stopped});
  if (running_ > 0 && started)
    logs_.events().say(LogLevel::info, describe_start(loaded_, listeners_, worker_count_, admin_ ? admin_->url() : ""));
  while (tasks.running() > 0) control_.turn();
  tasks.spawn(end_control());
  while (tasks.running() > 0) control_.turn();
  workers_.clear();
  for (const ListenSockets& listener : listeners_) remove_socket_file(listener.address);
  return started;
}

std::expected<void, std::string> Server::start_workers() {
  for (std::size_t i = 0; i < worker_count_; ++i) {
    std::vector<Fd> sockets;
    for (ListenSockets& listener : listeners_) sockets.push_back(std::move(listener.sockets[i]));
    auto worker = WorkerThread::create({.clock = control_.clock(),
                                        .limits = loaded_.config.limits,
                                        .connections = connections_,
                                        .snapshot = fleet_.manager().snapshot(),
                                        .access_log = logs_.access_of(i),
                                        .seed = random_seed(),
                                        .number = i,
                                        .unrouted = unrouted_,
                                        .news = fleet_.manager(),
                                        .listeners = std::move(sockets),
                                        .on_ended = [this] { control_.mailbox().post([this] { worker_ended(); }); }});
    if (!worker) {
      for (const auto& running : workers_) running->end_all();
      return std::unexpected(fmt::format("cannot start worker {} of {}: {}", i + 1, worker_count_, std::strerror(worker.error().system)));
    }
    ++running_;
    workers_.push_back(std::move(*worker));
  }
  return {};
}

void Server::worker_ended() {
  if (--running_ == 0) all_ended_.request({.code = ErrorCode::stopped});
}

void Server::publish(const Publication& publication) {
  for (const auto& worker : workers_) worker->publish(publication);
}

// Waits for the process's signals until every worker has ended.
Task<void> Server::obey_signals() {
  for (;;) {
    const Result<int> signal = co_await signals_.next(all_ended_);
    if (!signal) co_return;
    switch (*signal) {
      case SIGHUP:
        reload_.begin();
        break;
      case SIGUSR1:
        logs_.reopen();
        logs_.events().say(LogLevel::info, "SIGUSR1: log files are opened anew");
        break;
      default:
        end_asked();
    }
  }
}

// Probes and pages are ended, so this takes a moment.
Task<void> Server::end_control() {
  fleet_.end();
  co_await fleet_.all_ended();
  if (!admin_) co_return;
  admin_->end();
  co_await admin_->all_ended();
}

// Once, and a second time.
void Server::end_asked() {
  const Duration drain = loaded_.config.limits.drain;
  logs_.events().say(LogLevel::info, draining_
                                         ? "asked again: ending at once"
                                         : fmt::format("draining: finishing what is in flight, for at most {}", format_duration(drain)));
  for (const auto& worker : workers_) {
    if (draining_) {
      worker->end_all();
    } else {
      worker->leave(drain);
    }
  }
  draining_ = true;
}

void Server::reloaded(std::expected<Loaded, std::string> result) {
  if (draining_) return;
  if (result) return apply(std::move(*result));
  ++reloads_refused_;
  fleet_.events().add({.at = control_.wall(),
                       .level = LogLevel::error,
                       .type = "config_refused",
                       .service = {},
                       .instance = {},
                       .text = fmt::format("the config is not valid, so the old one stays: {}", result.error())});
}

void Server::apply(Loaded wanted) {
  // As those in force were at the start: what the descriptors do not allow is no change.
  wanted.config.limits.connections = std::min(wanted.config.limits.connections, most_connections(raise_open_file_limit()));
  ++reloads_applied_;
  const std::vector<std::string> later = needs_restart(loaded_.config, wanted.config);
  for (const Diagnostic& warning : wanted.warnings) logs_.events().say(LogLevel::warn, render(warning));
  logs_.events().set_threshold(wanted.config.log.level);
  fleet_.replace(wanted.config);
  std::string text = fmt::format("the config was read again: {}; {}", wanted.origin, counted(wanted.config.services.size(), "service"));
  if (!later.empty()) text += fmt::format("; a change of {} waits for a restart", fmt::join(later, ", "));
  fleet_.events().add({.at = control_.wall(),
                       .level = later.empty() ? LogLevel::info : LogLevel::warn,
                       .type = "config_reloaded",
                       .service = {},
                       .instance = {},
                       .text = std::move(text)});
}

FleetView Server::view() {
  FleetView view;
  fleet_.manager().describe(view);
  view.version = kVersion;
  view.now = control_.wall();
  view.started = started_;
  view.workers = worker_count_;
  view.config = loaded_.origin;
  view.ready = running_ > 0;
  view.draining = draining_;
  std::string addresses;
  for (const ListenSockets& listener : listeners_) addresses += (addresses.empty() ? "" : ",") + listener.address.text();
  view.listeners.push_back({.address = addresses, .connections = static_cast<std::int64_t>(connections_.open.load())});
  ServiceTotals unrouted;
  unrouted_.for_each([&unrouted](const ServiceCells& cells) { add(unrouted, cells); });
  view.unrouted = requests_of(unrouted);
  view.unrouted_errors = errors_of(unrouted, error_token);
  view.access_log_dropped = logs_.access_lines_dropped();
  view.reloads_applied = reloads_applied_;
  view.reloads_refused = reloads_refused_;
  view.sources.push_back({.name = "config", .up = true, .events = reloads_applied_});
  return view;
}

}  // namespace

ExitCode serve(Loaded loaded, const std::function<LoadResult()>& load) {
  Config& config = loaded.config;
  const auto fail_with = [](std::string_view why) {
    say("{}", why);
    return ExitCode::failed;
  };
  if (const auto resolved = resolve_names(config); !resolved) return fail_with(resolved.error());
  std::signal(SIGPIPE, SIG_IGN);

  const SystemClock clock;
  auto poller = EpollPoller::create();
  if (!poller) return fail_with("cannot start: out of file descriptors");
  Reactor control(clock, **poller);
  auto signals = Signals::create(control, {SIGTERM, SIGINT, SIGHUP, SIGUSR1});
  if (!signals) return fail_with("cannot start: out of file descriptors");

  const std::size_t count = config.workers != 0 ? config.workers : usable_cores();
  auto listeners = open_all(config.listen, count);
  if (!listeners) return fail_with(listeners.error());
  auto logs = Logs::open(config, count);
  if (!logs) return fail_with("cannot start: " + logs.error());
  fit_connections_to_descriptors(config.limits, (*logs)->events());

  std::expected<void, std::string> ran;
  {
    Server server(std::move(loaded), load, control, **signals, **logs, std::move(*listeners), count);
    ran = server.run();
  }
  if (!ran) {
    (*logs)->close();
    return fail_with(ran.error());
  }
  (*logs)->events().say(LogLevel::info, "ended");
  (*logs)->close();
  return ExitCode::fine;
}

}  // namespace rota
