#include "app/admin_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "app/resolve.h"
#include "app/say.h"
#include "app/status_text.h"
#include "base/system_clock.h"
#include "net/http_client.h"
#include "net/posix/posix_dialer.h"
#include "runtime/epoll_poller.h"
#include "runtime/task_group.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr Duration kPatience = 5s;                         // for all of a command's answers
constexpr std::size_t kLongestAnswer = 256 * 1024 * 1024;  // 10,000 instances are about 10 MB
constexpr std::size_t kBuffer = 64 * 1024;

std::string why(const Error& error) {
  switch (error.code) {
    case ErrorCode::refused:
      return "nobody listens there";
    case ErrorCode::timed_out:
      return fmt::format("no answer within {}", format_duration(kPatience));
    case ErrorCode::unreachable:
      return "it cannot be reached";
    case ErrorCode::end_of_stream:
    case ErrorCode::reset:
      return "the connection ended without an answer";
    case ErrorCode::response_malformed:
    case ErrorCode::response_head_too_large:
      return "what answers there speaks no HTTP";
    default:
      return error.system != 0 ? std::strerror(error.system) : "the answer could not be read";
  }
}

using Answers = std::expected<std::vector<ClientAnswer>, std::string>;

// One after the other, on one connection.
Task<void> ask_all(HttpClient& client, Reactor& reactor, const std::vector<std::string>& paths, const std::string& token,
                   Answers& answers) {
  const Deadline deadline = Deadline::after(reactor.now(), kPatience);
  for (const std::string& path : paths) {
    // A rota knows itself as localhost, however it was reached.
    ClientRequest request{.path = path, .host = "localhost", .most = kLongestAnswer};
    if (!token.empty()) request.fields.emplace_back("Authorization", "Bearer " + token);
    Result<ClientAnswer> answer = co_await client.call(request, deadline);
    if (!answer) {
      answers = std::unexpected(why(answer.error()));
      co_return;
    }
    answers->push_back(std::move(*answer));
  }
}

Answers ask(const AdminFlags& flags, const std::vector<std::string>& paths) {
  auto address = parse_admin_url(flags.url);
  if (!address) return std::unexpected(address.error());
  if (const auto resolved = resolve_name(*address, "admin address"); !resolved) return std::unexpected(resolved.error());
  std::signal(SIGPIPE, SIG_IGN);
  const SystemClock clock;
  auto poller = EpollPoller::create();
  if (!poller) return std::unexpected("out of file descriptors");
  Reactor reactor(clock, **poller);
  PosixDialer dialer(reactor);
  BufferPool buffers(kBuffer);
  HttpClient client(reactor, dialer, buffers, *address);
  Answers answers;
  TaskGroup tasks;
  tasks.spawn(ask_all(client, reactor, paths, flags.token, answers));
  while (tasks.running() > 0) reactor.turn();
  if (!answers) return std::unexpected(fmt::format("{}: {}", flags.url, answers.error()));
  return answers;
}

std::expected<json, std::string> json_of(const AdminFlags& flags, const ClientAnswer& answer) {
  if (answer.status == 401) return std::unexpected(fmt::format("{}: it needs a token: --token, or $ROTA_ADMIN_TOKEN", flags.url));
  if (answer.status != 200) return std::unexpected(fmt::format("{}: it answered {}", flags.url, answer.status));
  json parsed = json::parse(answer.body, nullptr, false);
  if (parsed.is_discarded()) return std::unexpected(fmt::format("{}: its answer is no JSON", flags.url));
  return parsed;
}

// no-color.org: any value but an empty one.
bool wants_colours() {
  const char* const no_color = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

ExitCode fail_with(std::string_view why) {
  say("{}", why);
  return ExitCode::failed;
}

}  // namespace

ExitCode print_status(const AdminFlags& flags, bool as_json) {
  const Answers answers = ask(flags, {"/api/v1/overview", "/api/v1/services", "/api/v1/instances"});
  if (!answers) return fail_with(answers.error());
  std::vector<json> parsed;
  for (const ClientAnswer& answer : *answers) {
    auto document = json_of(flags, answer);
    if (!document) return fail_with(document.error());
    parsed.push_back(std::move(*document));
  }
  const StatusAnswers status{.overview = std::move(parsed[0]), .services = std::move(parsed[1]), .instances = std::move(parsed[2])};
  const auto text = status_text(status, wants_colours());
  if (!text) return fail_with(fmt::format("{}: {}", flags.url, text.error()));
  if (as_json) {
    const json all{{"overview", status.overview}, {"services", status.services["services"]}, {"instances", status.instances["instances"]}};
    fmt::print("{}\n", all.dump(2));
  } else {
    fmt::print("{}", *text);
  }
  return ExitCode::fine;
}

ExitCode healthcheck(const AdminFlags& flags) {
  const Answers answers = ask(flags, {"/readyz"});
  if (!answers) {
    fmt::print("unreachable: {}\n", answers.error());
    return ExitCode::failed;
  }
  const ClientAnswer& answer = answers->front();
  const bool ready = answer.status == 200;
  const bool is_rotas = answer.status == 503 && (answer.body == "draining\n" || answer.body == "starting\n");
  fmt::print("{}\n", ready      ? "ready"
                     : is_rotas ? "not ready: " + answer.body.substr(0, answer.body.size() - 1)
                                : fmt::format("not ready: it answered {}", answer.status));
  return ready ? ExitCode::fine : ExitCode::failed;
}

}  // namespace rota
