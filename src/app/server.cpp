#include "app/server.h"

#include <fmt/ranges.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <ranges>

#include "app/logs.h"
#include "app/machine.h"
#include "app/resolve.h"
#include "app/say.h"
#include "app/signals.h"
#include "app/version.h"
#include "app/worker_thread.h"
#include "base/system_clock.h"
#include "config/make_roster.h"
#include "control/make_service.h"
#include "net/posix/posix_listener.h"

namespace rota {
namespace {

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
    seed = static_cast<std::uint64_t>(SystemClock{}.wall().time_since_epoch().count());
  return seed;
}

// Each connection may need a second descriptor, to its instance; 64 are kept for everything else.
void fit_connections_to_descriptors(Limits& limits, EventLog& events) {
  const std::uint64_t descriptors = raise_open_file_limit();
  const std::uint64_t most = descriptors > 66 ? (descriptors - 64) / 2 : 1;
  if (most >= limits.connections) return;
  events.say(LogLevel::warn,
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

// The first eight, and how many more there are.
template <class Items, class Text>
std::string first_of(const Items& items, Text text_of) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> texts;
  for (const auto& item : items | std::views::take(kMost)) texts.push_back(text_of(item));
  if (items.size() > kMost) texts.push_back(fmt::format("and {} more", items.size() - kMost));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string counted(std::size_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

std::string_view strategy_name(StrategyKind kind) { return std::ranges::find(kStrategies, kind, &StrategyName::kind)->name; }

std::string describe_services(const Config& config) {
  if (config.services.size() == 1) {
    const ServiceConfig& service = config.services.front();
    const auto instances = first_of(service.instances, [](const InstanceConfig& instance) {
      return instance.weight == 1 ? instance.address.text() : fmt::format("{} (weight {})", instance.address.text(), instance.weight);
    });
    return fmt::format("service {}: {} by {}", service.name, instances, strategy_name(service.settings.strategy));
  }
  return fmt::format("{} services: {}", config.services.size(), first_of(config.services, [](const ServiceConfig& service) {
                       return fmt::format("{} ({})", service.name, counted(service.instances.size(), "instance"));
                     }));
}

std::string describe_routes(const Config& config) {
  if (!config.routes.empty()) return fmt::format("; {}", counted(config.routes.size(), "route"));
  return config.services.size() == 1 ? "" : "; no routes: each service takes <its name>.localhost";
}

// One line, however many services there are.
std::string describe_start(const Loaded& loaded, const std::vector<ListenSockets>& listeners, std::size_t workers) {
  std::vector<std::string> addresses;
  for (const ListenSockets& listener : listeners) addresses.push_back(listener.address.text());
  return fmt::format("{} listening on {}; {}{}; {}; config: {}", kVersion, fmt::join(addresses, ", "), describe_services(loaded.config),
                     describe_routes(loaded.config), counted(workers, "worker"), loaded.origin);
}

std::string describe_patience(Duration drain) { return fmt::format("finishing what is in flight, for at most {}", format_duration(drain)); }

std::shared_ptr<const Snapshot> snapshot_of(const Roster& roster, std::size_t workers) {
  auto snapshot = std::make_shared<Snapshot>();
  const auto slots = std::make_shared<Slots>();
  for (const RosterService& service : roster.services) {
    std::vector<std::shared_ptr<InstanceState>> states;
    for (std::size_t i = 0; i < service.instances.size(); ++i) states.push_back(std::make_shared<InstanceState>(slots, workers));
    const std::vector<InstanceShare> shares(states.size());
    snapshot->services.push_back(make_service(service, std::make_shared<ServiceState>(workers), states, shares));
  }
  snapshot->routes = roster.routes;
  return snapshot;
}

using Workers = std::vector<std::unique_ptr<WorkerThread>>;

// Asked to end: once, and a second time.
void end(const Workers& workers, Duration drain, bool at_once, EventLog& events) {
  events.say(LogLevel::info, at_once ? "asked again: ending at once" : "draining: " + describe_patience(drain));
  for (const auto& worker : workers) {
    if (at_once) {
      worker->end_all();
    } else {
      worker->leave(drain);
    }
  }
}

// Waits for the process's signals, and hands them on, until every worker has ended.
Task<void> obey_signals(Signals& signals, Stop& all_ended, const Workers& workers, Duration drain, Logs& logs) {
  bool draining = false;
  for (;;) {
    const Result<int> signal = co_await signals.next(all_ended);
    if (!signal) co_return;
    switch (*signal) {
      case SIGHUP:
        logs.events().say(LogLevel::warn, "SIGHUP: this version does not reload its config; restart it to read the file again");
        break;
      case SIGUSR1:
        logs.reopen();
        logs.events().say(LogLevel::info, "SIGUSR1: log files are opened anew");
        break;
      default:
        end(workers, drain, draining, logs.events());
        draining = true;
    }
  }
}

}  // namespace

ExitCode serve(Loaded loaded) {
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
  EventLog& events = (*logs)->events();
  fit_connections_to_descriptors(config.limits, events);

  const auto snapshot = snapshot_of(make_roster(config), count);
  ConnectionCount connections;
  Stop all_ended;
  std::size_t running = count;
  const auto on_ended = [&] {
    control.mailbox().post([&] {
      if (--running == 0) all_ended.request({.code = ErrorCode::stopped});
    });
  };
  Workers workers;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<Fd> sockets;
    for (ListenSockets& listener : *listeners) sockets.push_back(std::move(listener.sockets[i]));
    auto worker = WorkerThread::create({.clock = clock,
                                        .limits = config.limits,
                                        .connections = connections,
                                        .snapshot = snapshot,
                                        .access_log = (*logs)->access_of(i),
                                        .seed = random_seed(),
                                        .listeners = std::move(sockets),
                                        .on_ended = on_ended});
    if (!worker) {
      for (const auto& started : workers) started->end_all();
      return fail_with(fmt::format("cannot start worker {} of {}: {}", i + 1, count, std::strerror(worker.error().system)));
    }
    workers.push_back(std::move(*worker));
  }
  events.say(LogLevel::info, describe_start(loaded, *listeners, count));

  TaskGroup tasks;
  tasks.spawn(obey_signals(**signals, all_ended, workers, config.limits.drain, **logs));
  while (tasks.running() > 0) control.turn();
  workers.clear();
  for (const ListenSockets& listener : *listeners) remove_socket_file(listener.address);
  events.say(LogLevel::info, "ended");
  (*logs)->close();
  return ExitCode::fine;
}

}  // namespace rota
