#include "app/demo.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/demo_stage.h"
#include "app/say.h"
#include "app/signals.h"
#include "base/system_clock.h"
#include "net/http_client.h"
#include "net/posix/posix_dialer.h"
#include "runtime/epoll_poller.h"
#include "runtime/task_group.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGame = R"({"game":"Mobile Legends","gamerID":"GYUTDTE","points":20})";
constexpr Duration kMostTime = 5s;  // of a call

// How many answers came from whom.
using Shares = std::map<std::string, int>;

std::string text_of(const Shares& shares) {
  std::string text;
  for (const auto& [instance, count] : shares) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", instance, count);
  return text.empty() ? "nobody" : text;
}

class Demo {
 public:
  Demo(DemoStage& stage, Reactor& reactor, Dialer& dialer) : stage_(stage), reactor_(reactor), dialer_(dialer), buffers_(64 * 1024) {}

  bool went_well() const { return went_well_; }
  // The story, played by itself.
  Task<void> check();
  // The same for a person: traffic until `stop`.
  Task<void> show(Stop& stop);

 private:
  Task<bool> is_up(const Address& address);
  Task<bool> start();
  Task<bool> nine_calls_are_even();
  Task<bool> nobody_notices_a_kill();
  Task<bool> it_is_taken_out();
  Task<bool> it_comes_back();
  struct Known {
    std::string state;
    double share;  // of the turns
  };
  Task<std::optional<Known>> ask_about_app_2();
  Task<bool> app_2_becomes(std::string_view state);
  Task<void> call_repeatedly(int times, int& failed);
  Task<void> keep_calling(Stop& stop, Shares& shares, int& failed);
  void say_hello() const;
  void revive_instances();
  auto pause(Duration length) { return reactor_.sleep_until(Deadline::after(reactor_.now(), length)); }

  Deadline in_time() const { return Deadline::after(reactor_.now(), kMostTime); }

  const ClientRequest get_;
  const ClientRequest post_game_{
      .method = "POST", .path = "/api/process/", .body = kGame, .fields = {{"Content-Type", "application/json"}}};
  DemoStage& stage_;
  Reactor& reactor_;
  Dialer& dialer_;
  BufferPool buffers_;
  bool went_well_ = false;
};

Task<bool> Demo::is_up(const Address& address) {
  HttpClient client(reactor_, dialer_, buffers_, address);
  const Deadline deadline = Deadline::after(reactor_.now(), 10s);
  while (!deadline.has_passed(reactor_.now())) {
    const Result<ClientAnswer> answer = co_await client.call(get_, in_time());
    if (answer && answer->status == 200) co_return true;
    co_await pause(20ms);
  }
  co_return false;
}

Task<bool> Demo::start() {
  for (std::size_t i = 0; i < DemoStage::kInstances; ++i) {
    if (const auto started = stage_.start_instance(i); !started) say("{}", started.error());
    const bool up = co_await is_up(stage_.instance_address(i));
    if (up) continue;
    say("{} does not answer on {}", DemoStage::instance_name(i), stage_.instance_address(i).text());
    co_return false;
  }
  if (const auto started = stage_.start_rota(); !started) say("{}", started.error());
  const bool up = co_await is_up(stage_.rota_address());
  const Deadline deadline = Deadline::after(reactor_.now(), 1s);  // it serves first and says so then
  while (up && stage_.start_line().empty() && !deadline.has_passed(reactor_.now())) co_await pause(5ms);
  if (!up) say("rota does not answer on {}:\n{}", stage_.rota_address().text(), stage_.rota_log());
  co_return up;
}

Task<bool> Demo::nine_calls_are_even() {
  HttpClient client(reactor_, dialer_, buffers_, stage_.rota_address());
  Shares shares;
  for (int i = 0; i < 9; ++i) {
    const Result<ClientAnswer> answer = co_await client.call(post_game_, in_time());
    if (answer && answer->status == 200 && answer->body == kGame) ++shares[std::string(answer->field("x-instance"))];
  }
  bool even = shares.size() == DemoStage::kInstances;
  for (const auto& [instance, count] : shares) even = even && count == 3;
  fmt::print("{}  9 games posted and echoed: {}\n", even ? "ok  " : "FAIL", text_of(shares));
  co_return even;
}

Task<void> Demo::call_repeatedly(int times, int& failed) {
  HttpClient client(reactor_, dialer_, buffers_, stage_.rota_address());
  for (int i = 0; i < times; ++i) {
    const Result<ClientAnswer> answer = co_await client.call(get_, in_time());
    if (!answer || answer->status != 200) ++failed;
  }
}

// GETs, because what was sent to an instance that dies may be sent again only where that is safe.
Task<bool> Demo::nobody_notices_a_kill() {
  constexpr int kClients = 8;
  constexpr int kCalls = 100;
  int failed = 0;
  TaskGroup clients;
  for (int i = 0; i < kClients; ++i) clients.spawn(call_repeatedly(kCalls, failed));
  co_await pause(10ms);
  const std::size_t busy = clients.running();
  stage_.instance(1)->end(SIGKILL);
  co_await clients.all_ended();
  const bool well = failed == 0 && busy == kClients;
  fmt::print("{}  app-2 killed under load: {} requests, {} failed\n", well ? "ok  " : "FAIL", kClients * kCalls, failed);
  co_return well;
}

// What rota says of app-2, by its API. nullopt: nothing that could be understood.
Task<std::optional<Demo::Known>> Demo::ask_about_app_2() {
  HttpClient client(reactor_, dialer_, buffers_, stage_.admin_address());
  const std::string path = fmt::format("/api/v1/instances/app/{}", stage_.instance_address(1).text());
  const ClientRequest request{.path = path};
  const Result<ClientAnswer> answer = co_await client.call(request, in_time());
  if (!answer || answer->status != 200) co_return std::nullopt;
  const auto json = nlohmann::json::parse(answer->body, nullptr, false);
  if (!json.is_object()) co_return std::nullopt;
  co_return Known{.state = json.value("state", ""), .share = json.value("share", 0.0)};
}

// Waits until rota calls app-2 so, with its full share of the turns where it is healthy.
Task<bool> Demo::app_2_becomes(std::string_view state) {
  const Deadline deadline = Deadline::after(reactor_.now(), 20s);
  while (!deadline.has_passed(reactor_.now())) {
    const std::optional<Known> known = co_await ask_about_app_2();
    const bool is_so = known && known->state == state && (state != "healthy" || known->share > 0.33);
    co_await pause(20ms);  // it is in force on every worker a few milliseconds after it is known
    if (is_so) co_return true;
  }
  co_return false;
}

Task<bool> Demo::it_is_taken_out() {
  const bool out = co_await app_2_becomes("failing");
  fmt::print("{}  app-2 is out\n", out ? "ok  " : "FAIL");
  co_return out;
}

Task<bool> Demo::it_comes_back() {
  if (const auto started = stage_.start_instance(1); !started) say("{}", started.error());
  const TimePoint began = reactor_.now();
  const bool back = co_await app_2_becomes("healthy");
  const double seconds = std::chrono::duration<double>(reactor_.now() - began).count();
  fmt::print("{}  app-2 is started again, and has its full share {:.1f} s later\n", back ? "ok  " : "FAIL", seconds);
  if (!back) co_return false;
  co_return co_await nine_calls_are_even();
}

Task<void> Demo::check() {
  const bool started = co_await start();
  if (!started) co_return;
  const bool even = co_await nine_calls_are_even();
  const bool unnoticed = co_await nobody_notices_a_kill();
  const bool out = co_await it_is_taken_out();
  const bool back = co_await it_comes_back();
  went_well_ = even && unnoticed && out && back;
}

void Demo::say_hello() const {
  const std::uint16_t port = stage_.rota_address().port;
  if (stage_.is_elsewhere()) fmt::print("Port 8080 or 8090 is taken, so rota listens on {} and {}.\n", port, stage_.admin_address().port);
  fmt::print("\nrota is up: http://localhost:{}/\nstatus:     http://localhost:{}/status\n", port, stage_.admin_address().port);
  fmt::print("  {}\n", stage_.start_line());
  for (std::size_t i = 0; i < DemoStage::kInstances; ++i) {
    fmt::print("  {}      http://{}/\n", DemoStage::instance_name(i), stage_.instance_address(i).text());
  }
  fmt::print(
      "\nTry:\n"
      "  curl -i localhost:{0}/                   again and again: X-Instance goes round\n"
      "  curl -s localhost:{0}/api/process/ -H 'Content-Type: application/json' -d '{1}'\n"
      "  curl -s {2}/faults -d '{{\"crash\":true}}'           app-2 dies: nothing fails, and in five seconds it is back\n"
      "  curl -s {2}/faults -d '{{\"latency_ms\":500}}'      app-2 gets slow, and is taken out; 0 mends it\n"
      "  open the status page and watch it happen\n"
      "\nCtrl-C stops all of it.\n\n",
      port, kGame, stage_.instance_address(1).text());
  std::fflush(stdout);
}

Task<void> Demo::keep_calling(Stop& stop, Shares& shares, int& failed) {
  HttpClient client(reactor_, dialer_, buffers_, stage_.rota_address());
  while (!stop.requested()) {
    const Result<ClientAnswer> answer = co_await client.call(get_, in_time());
    if (answer && answer->status == 200) {
      ++shares[std::string(answer->field("x-instance"))];
    } else {
      ++failed;
    }
    co_await pause(50ms);
  }
}

void Demo::revive_instances() {
  for (std::size_t i = 0; i < DemoStage::kInstances; ++i) {
    if (stage_.instance(i) != nullptr && stage_.instance(i)->is_running()) continue;
    fmt::print("{} had died and is started again\n", DemoStage::instance_name(i));
    if (const auto started = stage_.start_instance(i); !started) say("{}", started.error());
  }
}

Task<void> Demo::show(Stop& stop) {
  const bool started = co_await start();
  if (!started) co_return;
  say_hello();
  Shares shares;
  int failed = 0;
  TaskGroup traffic;
  traffic.spawn(keep_calling(stop, shares, failed));
  for (int tick = 1; !stop.requested(); ++tick) {
    co_await pause(100ms);
    if (tick % 50 != 0) continue;
    revive_instances();
    fmt::print("the last 5 s of traffic: {}; {} failed\n", text_of(shares), failed);
    std::fflush(stdout);
    shares.clear();
    failed = 0;
  }
  co_await traffic.all_ended();
  went_well_ = true;
}

// A signal ends the wait for more of them, and whatever goes by `stop`.
Task<void> stop_at_signal(Signals& signals, Stop& stop) {
  const Result<int> signal = co_await signals.next(stop);
  if (signal) stop.request({.code = ErrorCode::stopped});
}

Task<void> play(Demo& demo, bool check, Stop& stop) {
  if (check) {
    co_await demo.check();
  } else {
    co_await demo.show(stop);
  }
  stop.request({.code = ErrorCode::stopped});
}

}  // namespace

ExitCode demo(bool check) {
  std::signal(SIGPIPE, SIG_IGN);
  auto stage = DemoStage::prepare();
  if (!stage) {
    say("{}", stage.error());
    return ExitCode::failed;
  }
  const SystemClock clock;
  auto poller = EpollPoller::create();
  if (!poller) return ExitCode::failed;
  Reactor reactor(clock, **poller);
  auto signals = Signals::create(reactor, {SIGTERM, SIGINT});
  if (!signals) return ExitCode::failed;
  PosixDialer dialer(reactor);
  Demo demo(**stage, reactor, dialer);
  Stop stop;
  TaskGroup tasks;
  tasks.spawn(stop_at_signal(**signals, stop));
  tasks.spawn(play(demo, check, stop));
  while (tasks.running() > 0) reactor.turn();
  if (check) fmt::print("{}\n", demo.went_well() ? "the demo went well" : "the demo did NOT go well");
  return demo.went_well() ? ExitCode::fine : ExitCode::failed;
}

}  // namespace rota
