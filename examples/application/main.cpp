// The example application: what a newcomer's own service would be. Built on cpp-httplib, so that rota is shown and tested in front of a
// stack that is not its own. POST /faults makes one instance ill.
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "faults.h"

namespace {

using Json = nlohmann::ordered_json;

constexpr int kUsage = 64;
constexpr int kBacklog = 1024;
constexpr std::size_t kMostBody = 1 << 20;
constexpr time_t kKeepAliveSeconds = 120;  // longer than any proxy keeps an unused connection, so that it is never us who closes
constexpr std::size_t kKeepAliveRequests = 1'000'000'000;
constexpr std::chrono::seconds kStopPatience{1};

struct Options {
  std::string host = "127.0.0.1";
  int port = 9001;
  std::string name;
};

struct Application {
  std::string name;
  Faults faults;
  std::atomic<std::uint64_t> requests = 0;  // those of clients: probes and faults are not counted
  std::atomic<int> in_flight = 0;
};

thread_local bool answering = false;  // this connection's request has arrived, and has no answer yet

// A thread for each connection. The library's own pool would let as many kept connections as it has threads lock everybody else out.
class ThreadPerConnection final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> serve) override {
    try {
      std::thread{serve}.detach();
    } catch (const std::system_error&) {
      serve();  // out of threads: nobody is accepted until this one is done
    }
  }
  void shutdown() override {}
};

// host:port, or [v6]:port.
bool parse_listen(std::string_view text, Options& options) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, options.port);
  options.host = host;
  return error == std::errc{} && rest == end && !host.empty() && options.port >= 0 && options.port <= 65535;
}

// The name goes into a header field.
bool is_name(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") == std::string_view::npos;
}

std::optional<Options> parse_options(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; i += 2) {
    const std::string_view flag = arguments[i];
    if (i + 1 == count) return std::nullopt;
    const std::string_view value = arguments[i + 1];
    if (flag == "--listen" && parse_listen(value, options)) continue;
    if (flag != "--name" || !is_name(value)) return std::nullopt;
    options.name = value;
  }
  return options;
}

std::string default_name(int port) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0 || !is_name(host.data())) return "application-" + std::to_string(port);
  return std::string{host.data()} + "-" + std::to_string(port);
}

void reply(httplib::Response& response, int status, const Json& body) {
  response.status = status;
  if (status == 204 || status == 304) return;
  response.set_content(body.dump(), "application/json");
}

Json read_json(const std::string& text) { return Json::parse(text, nullptr, false); }

// Why this is not {"game": …, "gamerID": …, "points": …}; nothing when it is.
std::string refusal(const Json& body) {
  if (!body.is_object()) return "expected a JSON object";
  for (const char* name : {"game", "gamerID"}) {
    if (!body.contains(name)) return std::string{name} + " is missing";
    if (!body[name].is_string() || body[name].get_ref<const std::string&>().empty())
      return std::string{name} + ": expected a string, not empty";
  }
  if (!body.contains("points")) return "points is missing";
  if (!body["points"].is_number()) return "points: expected a number";
  if (body.size() != 3) return "expected game, gamerID and points, and nothing else";
  return {};
}

void process(Application& application, const httplib::Request& request, httplib::Response& response) {
  if (const int status = application.faults.status(); status >= 400) return reply(response, status, {{"error", "a fault was asked for"}});
  const Json body = read_json(request.body);
  if (const std::string reason = refusal(body); !reason.empty()) return reply(response, 400, {{"error", reason}});
  const int status = application.faults.status();
  reply(response, status == 0 ? 200 : status, body);
}

void health(Application& application, httplib::Response& response) {
  const int status = application.faults.health_status();
  reply(response, status == 0 ? 200 : status, {{"status", status < 400 ? "ok" : "failing"}});
}

void set_faults(Application& application, const httplib::Request& request, httplib::Response& response) {
  const std::string reason = application.faults.apply(read_json(request.body));
  if (!reason.empty()) return reply(response, 400, {{"error", reason}});
  reply(response, 200, application.faults.to_json());
}

// What happens to every request before its own handler: /faults alone stays well whatever the fault.
void arrive(Application& application, const httplib::Request& request) {
  answering = true;
  ++application.in_flight;
  if (request.path == "/faults") return;
  application.faults.suffer();
  if (request.path != "/api/process/health") ++application.requests;
}

// Also called for what was too malformed to arrive.
void leave(Application& application) {
  if (std::exchange(answering, false)) --application.in_flight;
}

void add_handlers(httplib::Server& server, Application& application) {
  using httplib::Request, httplib::Response;
  server.set_pre_routing_handler([&](const Request& request, Response&) {
    arrive(application, request);
    return httplib::Server::HandlerResponse::Unhandled;
  });
  server.Post("/api/process/", [&](const Request& request, Response& response) { process(application, request, response); });
  server.Get("/api/process/health", [&](const Request&, Response& response) { health(application, response); });
  server.Get("/", [&](const Request&, Response& response) {
    reply(response, 200, {{"instance", application.name}, {"requests", application.requests.load()}});
  });
  server.Post("/faults", [&](const Request& request, Response& response) { set_faults(application, request, response); });
  server.Get("/faults", [&](const Request&, Response& response) { reply(response, 200, application.faults.to_json()); });
  server.set_error_handler([](const Request&, Response& response) {
    if (response.body.empty()) reply(response, response.status, {{"error", response.status == 404 ? "nothing is here" : "not understood"}});
  });
  server.set_logger([&](const Request&, const Response&) { leave(application); });
}

void set_limits(httplib::Server& server) {
  server.new_task_queue = [] { return new ThreadPerConnection; };
  server.set_keep_alive_timeout(kKeepAliveSeconds);
  server.set_keep_alive_max_count(kKeepAliveRequests);
  server.set_payload_max_length(kMostBody);
  server.set_tcp_nodelay(true);
}

// Returns the port, or -1. The library would share the port with whoever has it already, and queue no more than five connections.
int bind(httplib::Server& server, const Options& options) {
  int listener = -1;
  server.set_socket_options([&](int fd) {
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    listener = fd;
  });
  const int port =
      options.port == 0 ? server.bind_to_any_port(options.host) : (server.bind_to_port(options.host, options.port) ? options.port : -1);
  if (port > 0) ::listen(listener, kBacklog);
  return port;
}

// Lets what is being answered finish, for a moment; a second signal ends that too.
void drain(const Application& application, const sigset_t& signals) {
  constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 5'000'000};
  const auto deadline = std::chrono::steady_clock::now() + kStopPatience;
  while (application.in_flight > 0 && std::chrono::steady_clock::now() < deadline) {
    if (sigtimedwait(&signals, nullptr, &kPause) > 0) return;
  }
}

int serve(const Options& options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before the first thread: all of them inherit it

  httplib::Server server;
  Application application;
  set_limits(server);
  const int port = bind(server, options);
  if (port <= 0) {
    std::fprintf(stderr, "rota-example-application: cannot listen on %s:%d\n", options.host.c_str(), options.port);
    return 1;
  }
  application.name = options.name.empty() ? default_name(port) : options.name;
  server.set_default_headers({{"X-Instance", application.name}});
  add_handlers(server, application);
  std::printf("%s listens on http://%s:%d/\n", application.name.c_str(), options.host.c_str(), port);
  std::fflush(stdout);

  std::thread listening{[&] { server.listen_after_bind(); }};
  int signal = 0;
  sigwait(&signals, &signal);
  server.stop();
  drain(application, signals);
  std::_Exit(0);  // kept connections have threads that still look at all of this
}

}  // namespace

int main(int count, char** arguments) {
  const std::optional<Options> options = parse_options(count, arguments);
  if (!options) {
    std::fputs("usage: rota-example-application [--listen 127.0.0.1:9001] [--name app-1]\n", stderr);
    return kUsage;
  }
  return serve(*options);
}
