// test-instance: a fast HTTP/1.1 instance for tests under load and for the bench. One thread, one epoll, no rota code, no library.
//
//   test-instance --listen 127.0.0.1:PORT [--listen ...] [--name NAME] [--log FILE] [--body N | --answer TEXT]
//
// Addresses: 127.0.0.1:9001, [::1]:9001, unix:/path. Port 0 takes a free one, and its address is printed on a line of its own; then
// `ready`. With several --listen the names are NAME-1, NAME-2, ... and the logs FILE-1, FILE-2, ...
//
//   anything             57 bytes of JSON (or what --body or --answer say)
//   /echo                the request's body (at most 64 MiB)
//   /headers             the request's head, exactly as it came
//   /slow?ms=N           the default answer, N ms later
//   /status/NNN          that status; 1NN: that interim answer, then 200
//   /bytes/N  /chunked/N  /close-delimited/N     N bytes: "abc...zabc...", framed in the three ways
//   /load/ID             a line: ID, body bytes, the body's hash (`support::BodyHash`, or '-' where it is empty). With ?bytes=N or ?chunked=N,
//                        N bytes of ID's own follow (`support::IdBytes`), framed by length or in chunks
//   /abort/N             announces 2N bytes, sends N, then resets; 0: resets without an answer
//   /count  /gone        requests answered so far; requests whose client left before their answer was sent (these two count nothing)
//   /health  /probes     200, or what /faults says; how often that was asked. Neither counts as a request, and neither is in the log
//   /faults?...          what is wrong with it from now on; what is not named is well again. delay=MS before each answer; status=NNN instead of
//                        percent=N of the answers (100); health=NNN from /health, and health_delay=MS before that
//
// The log has a line for each request whose body is whole, written before the answer is: method, target, X-Request-Id or '-', body bytes,
// and the body's hash or '-'. What is not a request gets 400 and the line `BAD - - 0 -`. A client that closes its sending side during /slow counts as gone.
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "instance_answer.h"
#include "instance_faults.h"
#include "instance_options.h"
#include "instance_request.h"

namespace instance {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxHead = 64 * 1024;
constexpr std::size_t kMaxEcho = 64 * 1024 * 1024;
constexpr std::size_t kOutput = 64 * 1024;          // past this, neither read nor make more
constexpr std::size_t kTurnOutput = 1024 * 1024;    // what one connection may send before the others have their turn
constexpr Clock::duration kResetPatience = 1000ms;  // how long /abort waits for its bytes to be taken

// What epoll points to.
struct Source {
  int fd = -1;
  bool accepts = false;
};

// One listener: a name, a count and a log of its own.
struct Instance : Source {
  std::string name;
  std::string keep_answer, close_answer;  // the default answer, ready to send
  std::size_t body_size = 0;
  std::uint64_t requests = 0;
  std::uint64_t gone = 0;
  std::uint64_t probes = 0;
  Faults faults;
  int log_fd = -1;
  std::string log;
};

// Invariants: (1) requests are answered one after the other; (2) while `waiting` or `body.active()`, no further request is looked at;
// (3) a closed connection has fd -1 until the end of the turn, then its memory serves another.
struct Connection : Source {
  enum class Waiting { nothing, fault, answer, reset };

  Instance* instance = nullptr;
  std::string in;   // read, and not yet understood
  std::string out;  // to be sent, from `sent` on
  std::size_t sent = 0;
  std::string body_in;  // /echo
  Request request;
  BodyReader reader;
  GeneratedBody body;
  std::uint32_t generation = 0;
  Waiting waiting = Waiting::nothing;
  unsigned faulty_status = 0;  // instead of the answer
  Clock::time_point patience;
  bool in_body = false;
  bool readable = false, writable = false, hangup = false, eof = false;
  bool closing = false;      // close once `out` is sent
  bool reset_after = false;  // and with a reset
  bool queued = false;

  bool busy() const { return waiting != Waiting::nothing || body.active() || closing; }
  bool full() const { return out.size() - sent >= kOutput; }
  bool owes_answer() const { return waiting == Waiting::fault || waiting == Waiting::answer; }
  bool unanswered() const { return in_body || owes_answer() || body.active() || sent < out.size(); }
};

struct Timer {
  Clock::time_point when;
  Connection* connection;
  std::uint32_t generation;
  bool operator<(const Timer& other) const { return when > other.when; }  // the earliest on top
};

class Server {
 public:
  explicit Server(std::deque<Instance>& instances) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    for (Instance& instance : instances) {
      instances_.push_back(&instance);
      watch(instance, EPOLLIN);
    }
  }

  // A turn: what happened, then the logs, then the answers; so whoever has an answer finds its line in the log.
  void run(const sigset_t& signals, const volatile std::sig_atomic_t& stop) {
    std::array<epoll_event, 256> events;
    while (!stop) {
      const int count = epoll_pwait(epoll_, events.data(), static_cast<int>(events.size()), timeout(), &signals);
      for (int i = 0; i < count; ++i) happened(*static_cast<Source*>(events[i].data.ptr), events[i].events);
      run_timers();
      turn_.swap(queue_);
      for (Connection* connection : turn_) advance(*connection);
      write_logs();
      for (Connection* connection : turn_) {
        connection->queued = false;
        if (connection->fd >= 0) flush(*connection);
      }
      turn_.clear();
      for (Connection* connection : closed_) free_.push_back(connection);
      closed_.clear();
    }
  }

 private:
  void watch(Source& source, std::uint32_t what) {
    epoll_event event{.events = what, .data = {.ptr = &source}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, source.fd, &event) != 0) fail(std::string("epoll_ctl: ") + std::strerror(errno));
  }

  int timeout() const {
    if (!queue_.empty()) return 0;
    if (timers_.empty()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.top().when - Clock::now());
    return static_cast<int>(std::clamp<long>(left.count(), 0, 60'000));
  }

  void enqueue(Connection& connection) {
    if (connection.queued) return;
    connection.queued = true;
    queue_.push_back(&connection);
  }

  void happened(Source& source, std::uint32_t events) {
    if (source.accepts) return accept_all(static_cast<Instance&>(source));
    Connection& connection = static_cast<Connection&>(source);
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) connection.hangup = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) connection.readable = true;
    if (events & EPOLLOUT) connection.writable = true;
    enqueue(connection);
  }

  void accept_all(Instance& instance) {
    for (;;) {
      const int fd = accept4(instance.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
      if (fd < 0 && errno == EAGAIN) return;
      if (fd < 0) fail(std::string("accept: ") + std::strerror(errno));
      const int one = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      Connection& connection = take();
      connection.fd = fd;
      connection.instance = &instance;
      watch(connection, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    }
  }

  Connection& take() {
    if (free_.empty()) {
      all_.push_back(std::make_unique<Connection>());
      return *all_.back();
    }
    Connection& connection = *free_.back();
    free_.pop_back();
    return connection;
  }

  void drop(Connection& connection) {
    if (connection.unanswered()) ++connection.instance->gone;
    close(connection.fd);
    connection.fd = -1;
    ++connection.generation;
    connection.in.clear();
    connection.out.clear();
    connection.body_in.clear();
    connection.body.stop();
    connection.sent = 0;
    connection.waiting = Connection::Waiting::nothing;
    connection.in_body = connection.readable = connection.writable = connection.hangup = connection.eof = false;
    connection.closing = connection.reset_after = false;
    closed_.push_back(&connection);
  }

  // Looks at what was read before, then reads on, until there is nothing more or an answer has to be sent first.
  void advance(Connection& connection) {
    if (connection.fd < 0) return;
    if (connection.hangup && connection.owes_answer()) return drop(connection);
    understand_rest(connection);
    while (connection.readable && !connection.eof && !connection.busy() && !connection.full()) {
      const ssize_t count = recv(connection.fd, scratch_.data(), scratch_.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno != EAGAIN) return drop(connection);
      if (count < static_cast<ssize_t>(scratch_.size()) && !connection.hangup) connection.readable = false;
      if (count < 0) return;
      if (count == 0) {
        connection.eof = true;
        return;
      }
      std::string_view input(scratch_.data(), static_cast<std::size_t>(count));
      if (connection.in.empty()) {
        understand(connection, input);
        connection.in.assign(input);
      } else {
        connection.in.append(input);
        understand_rest(connection);
      }
    }
  }

  void understand_rest(Connection& connection) {
    if (connection.in.empty()) return;
    std::string_view input = connection.in;
    understand(connection, input);
    connection.in.erase(0, connection.in.size() - input.size());
  }

  // Takes whole requests off the front of `input`, and as much of a body as there is.
  void understand(Connection& connection, std::string_view& input) {
    while (!input.empty() && !connection.busy() && !connection.full()) {
      if (!connection.in_body) {
        const std::size_t end = input.substr(0, kMaxHead).find("\r\n\r\n");
        if (end == std::string_view::npos && input.size() < kMaxHead) return;
        if (end == std::string_view::npos || !connection.request.parse(input.substr(0, end + 4))) return refuse(connection, 400);
        input.remove_prefix(end + 4);
        const bool hashed = connection.instance->log_fd >= 0 || connection.request.target.starts_with("/load/");
        connection.reader.start(connection.request, hashed);
        connection.in_body = true;
        if (connection.request.expects_continue && input.empty()) connection.out.append("HTTP/1.1 100 Continue\r\n\r\n");
      }
      const bool echo = connection.request.path() == "/echo";
      const BodyReader::Progress progress = connection.reader.read(input, echo ? &connection.body_in : nullptr);
      if (progress == BodyReader::Progress::bad) return refuse(connection, 400);
      if (connection.body_in.size() > kMaxEcho) return refuse(connection, 413);
      if (progress == BodyReader::Progress::more) return;
      connection.in_body = false;
      received(connection);
    }
  }

  void refuse(Connection& connection, unsigned status) {
    if (connection.instance->log_fd >= 0) connection.instance->log.append("BAD - - 0 -\n");
    connection.in_body = false;
    connection.closing = true;
    answer(connection, {.status = status, .close = true}, reason(status));
  }

  void received(Connection& connection) {
    const Request& request = connection.request;
    Instance& instance = *connection.instance;
    connection.closing = request.close;
    if (request.target == "/count") return answer_number(connection, instance.requests);
    if (request.target == "/gone") return answer_number(connection, instance.gone);
    if (request.target == "/probes") return answer_number(connection, instance.probes);
    if (request.path() == "/faults") return set_faults(connection);
    if (request.target == "/health") {
      ++instance.probes;
      return suffer(connection, instance.faults.health, instance.faults.health_delay);
    }
    ++instance.requests;
    if (instance.log_fd >= 0) {
      instance.log.append(request.method).append(" ").append(request.target).append(" ");
      instance.log.append(request.request_id.empty() ? "-" : request.request_id).append(" ");
      append_number(instance.log, connection.reader.size());
      instance.log.append(" ").append(connection.reader.hash()).append("\n");
    }
    suffer(connection, instance.faults.hits(instance.requests) ? instance.faults.status : 0, instance.faults.delay);
  }

  // The answer comes later, or is another one, if the instance is not well.
  void suffer(Connection& connection, unsigned status, std::chrono::milliseconds delay) {
    connection.faulty_status = status;
    if (delay > 0ms) return wait(connection, Connection::Waiting::fault, delay);
    respond(connection);
  }

  void respond(Connection& connection) {
    if (connection.faulty_status != 0) return answer(connection, {.status = connection.faulty_status}, reason(connection.faulty_status));
    route(connection);
  }

  void answer_number(Connection& connection, std::uint64_t value) {
    std::string number;
    append_number(number, value);
    answer(connection, {}, number);
  }

  void set_faults(Connection& connection) {
    const std::optional<Faults> faults = parse_faults(connection.request.target);
    if (!faults) return answer(connection, {.status = 400}, connection.request.target);
    connection.instance->faults = *faults;
    answer(connection, {}, "set");
  }

  void route(Connection& connection) {
    const Request& request = connection.request;
    const std::string_view path = request.path();
    std::uint64_t number = 0;
    const auto with_number = [&](std::string_view prefix) {
      return path.starts_with(prefix) && parse_number(path.substr(prefix.size()), number);
    };
    if (path == "/") return default_answer(connection);
    if (path == "/echo") {
      answer(connection, {.type = request.content_type.empty() ? kText : request.content_type}, connection.body_in);
      connection.body_in.clear();
      if (connection.body_in.capacity() > kOutput) connection.body_in.shrink_to_fit();
    } else if (path == "/headers") {
      answer(connection, {}, request.head);
    } else if (request.target.starts_with("/slow?ms=") && parse_number(request.target.substr(9), number)) {
      wait(connection, Connection::Waiting::answer, std::chrono::milliseconds(number));
    } else if (with_number("/status/") && number >= 100 && number <= 599) {
      answer_status(connection, static_cast<unsigned>(number));
    } else if (with_number("/bytes/")) {
      generate(connection, number, number, Framing::length);
    } else if (with_number("/chunked/")) {
      generate(connection, number, number, request.http10 ? Framing::close : Framing::chunked);
    } else if (with_number("/close-delimited/")) {
      generate(connection, number, number, Framing::close);
    } else if (path.starts_with("/load/")) {
      answer_load(connection, path.substr(6), request.target.substr(path.size()));
    } else if (with_number("/abort/")) {
      connection.closing = connection.reset_after = true;
      if (number > 0) generate(connection, 2 * number, number, Framing::length);
    } else {
      default_answer(connection);
    }
  }

  void default_answer(Connection& connection) {
    const std::string& whole = connection.closing ? connection.instance->close_answer : connection.instance->keep_answer;
    const std::size_t body = connection.request.method == "HEAD" ? connection.instance->body_size : 0;
    connection.out.append(whole, 0, whole.size() - body);
  }

  void answer(Connection& connection, Head head, std::string_view body) {
    head.name = connection.instance->name;
    head.length = body.size();
    head.close = connection.closing;
    append_head(connection.out, head);
    if (connection.request.method != "HEAD" && head.framing != Framing::none) connection.out.append(body);
  }

  void answer_load(Connection& connection, std::string_view id, std::string_view query) {
    std::uint64_t size = 0;
    const std::size_t value = query.find('=') + 1;
    const std::string_view key = query.substr(0, value);
    if (!query.empty() && ((key != "?bytes=" && key != "?chunked=") || !parse_number(query.substr(value), size))) {
      return answer(connection, {.status = 400}, query);
    }
    const std::string line = support::load_answer(id, connection.reader.size(), connection.reader.hash());
    if (query.empty()) return answer(connection, {}, line);
    const Framing framing = key == "?chunked=" && !connection.request.http10 ? Framing::chunked : Framing::length;
    append_head(connection.out,
                {.name = connection.instance->name, .framing = framing, .length = line.size() + size, .close = connection.closing});
    if (connection.request.method == "HEAD") return;
    if (framing == Framing::chunked) append_number(connection.out, line.size(), 16), connection.out.append("\r\n");
    connection.out.append(line);
    if (framing == Framing::chunked) connection.out.append("\r\n");
    connection.body.start(size, framing, support::IdBytes::of_answer(id));
  }

  void answer_status(Connection& connection, unsigned status) {
    if (status < 200) {
      answer(connection, {.status = status, .framing = Framing::none}, {});
      status = 200;
    }
    const bool empty = status == 204 || status == 304;
    answer(connection, {.status = status, .framing = empty ? Framing::none : Framing::length}, reason(status));
  }

  void generate(Connection& connection, std::uint64_t announced, std::uint64_t size, Framing framing) {
    if (framing == Framing::close) connection.closing = true;
    const Head head{
        .name = connection.instance->name, .framing = framing, .length = announced, .close = connection.closing && !connection.reset_after};
    append_head(connection.out, head);
    if (connection.request.method != "HEAD") connection.body.start(size, framing);
  }

  void wait(Connection& connection, Connection::Waiting waiting, Clock::duration pause) {
    connection.waiting = waiting;
    timers_.push({Clock::now() + pause, &connection, connection.generation});
    if (connection.owes_answer() && connection.hangup) enqueue(connection);  // it has left already
  }

  void run_timers() {
    if (timers_.empty()) return;
    const Clock::time_point now = Clock::now();
    while (!timers_.empty() && timers_.top().when <= now) {
      const Timer timer = timers_.top();
      timers_.pop();
      Connection& connection = *timer.connection;
      if (timer.generation != connection.generation) continue;
      if (connection.owes_answer() && !connection.hangup) {
        const bool by_fault = std::exchange(connection.waiting, Connection::Waiting::nothing) == Connection::Waiting::fault;
        by_fault ? respond(connection) : default_answer(connection);
      }
      enqueue(connection);
    }
  }

  void write_logs() {
    for (Instance* instance : instances_) {
      if (instance->log.empty()) continue;
      std::string_view rest = instance->log;
      while (!rest.empty()) {
        const ssize_t count = write(instance->log_fd, rest.data(), rest.size());
        if (count < 0) fail(std::string("cannot write the log: ") + std::strerror(errno));
        rest.remove_prefix(static_cast<std::size_t>(count));
      }
      instance->log.clear();
    }
  }

  void flush(Connection& connection) {
    std::size_t turn = 0;
    for (;;) {
      while (connection.sent < connection.out.size()) {
        if (!connection.writable) return;
        const std::string_view rest = std::string_view(connection.out).substr(connection.sent);
        const ssize_t count = send(connection.fd, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno != EAGAIN) return drop(connection);
        if (count < 0 || static_cast<std::size_t>(count) < rest.size()) connection.writable = false;
        if (count > 0) connection.sent += static_cast<std::size_t>(count), turn += static_cast<std::size_t>(count);
      }
      connection.sent = 0;
      connection.out.clear();
      if (connection.out.capacity() > 4 * kOutput) connection.out.shrink_to_fit();
      if (!connection.body.active()) break;
      if (turn >= kTurnOutput) return enqueue(connection);
      connection.body.fill(connection.out, kOutput);
    }
    if ((connection.closing && !connection.owes_answer()) || (connection.eof && connection.waiting == Connection::Waiting::nothing))
      return finish(connection);
    if (connection.waiting == Connection::Waiting::nothing && (connection.readable || progress_possible(connection))) enqueue(connection);
  }

  // Whether `in` may hold a whole request: after an answer that stood in the way, what came meanwhile has to be looked at again.
  static bool progress_possible(const Connection& connection) {
    return !connection.in_body && connection.in.find("\r\n\r\n") != std::string::npos;
  }

  void finish(Connection& connection) {
    if (!connection.reset_after) return drop(connection);
    // A reset throws away what the kernel has not delivered yet, so it waits until the peer's side has taken everything.
    int undelivered = 0;
    if (connection.waiting == Connection::Waiting::nothing) connection.patience = Clock::now() + kResetPatience;
    if (ioctl(connection.fd, SIOCOUTQ, &undelivered) == 0 && undelivered > 0 && Clock::now() < connection.patience) {
      return wait(connection, Connection::Waiting::reset, 1ms);
    }
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    drop(connection);
  }

  int epoll_;
  std::vector<Instance*> instances_;
  std::vector<std::unique_ptr<Connection>> all_;
  std::vector<Connection*> free_, closed_, queue_, turn_;
  std::priority_queue<Timer> timers_;
  std::array<char, 64 * 1024> scratch_;
};

void prepare(Instance& instance, const Options& options, const std::string& suffix) {
  instance.accepts = true;
  instance.name = options.name + suffix;
  instance.body_size = options.body.size();
  Head head{.type = options.type, .name = instance.name, .length = options.body.size()};
  append_head(instance.keep_answer, head);
  head.close = true;
  append_head(instance.close_answer, head);
  instance.keep_answer += options.body;
  instance.close_answer += options.body;
  if (options.log.empty()) return;
  const std::string path = options.log + suffix;
  instance.log_fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (instance.log_fd < 0) fail("cannot open " + path + ": " + std::strerror(errno));
}

volatile std::sig_atomic_t stop_asked = 0;

// TERM and INT arrive only while epoll waits, so that none is missed between a look at the flag and the wait.
sigset_t catch_signals() {
  sigset_t ours, before;
  sigemptyset(&ours);
  sigaddset(&ours, SIGTERM);
  sigaddset(&ours, SIGINT);
  sigprocmask(SIG_BLOCK, &ours, &before);
  struct sigaction action{};
  action.sa_handler = [](int) { stop_asked = 1; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  return before;
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace
}  // namespace instance

int main(int argc, char** argv) {
  using namespace instance;
  const Options options = parse_options(argc, argv);
  const sigset_t signals = catch_signals();
  raise_descriptor_limit();
  std::deque<Instance> instances;
  for (std::size_t i = 0; i < options.listen.size(); ++i) {
    Instance& instance = instances.emplace_back();
    prepare(instance, options, options.listen.size() > 1 ? "-" + std::to_string(i + 1) : "");
    instance.fd = listen_at(options.listen[i]);
  }
  const auto server = std::make_unique<Server>(instances);
  std::puts("ready");
  std::fflush(stdout);
  server->run(signals, stop_asked);
}
