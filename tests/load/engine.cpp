#include "engine.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace load {

using namespace std::chrono_literals;

Engine::Engine(const Address& address, Outcome& outcome)
    : address_(address), outcome_(outcome), start_(std::chrono::steady_clock::now()), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  prctl(PR_SET_TIMERSLACK, 1000UL);  // waits end when asked to, not up to 50 µs later
}

Engine::~Engine() {
  for (const auto& connection : all_) {
    if (connection->fd >= 0) close(connection->fd);
  }
  close(epoll_);
}

void Engine::run(const sigset_t& signals, const volatile std::sig_atomic_t& stop) {
  for (;;) {
    if (stop) outcome_.cut(next_);
    queue_due();
    expire();
    give();
    while (oldest_ < next_ && !outcome_.records[oldest_].is_out()) ++oldest_;
    if (oldest_ == outcome_.plan.size()) break;
    wait(signals);
  }
  outcome_.length = now();
  while (idle() != nullptr) continue;  // what came behind the last answers is seen
}

void Engine::queue_due() {
  const Time time = now();
  while (next_ < outcome_.plan.size() && outcome_.plan.due(next_) <= time) queue_.push_back(next_++);
}

// All have the same timeout, so the first that is out is the first whose time is over.
void Engine::expire() {
  const Time time = now();
  for (; oldest_ < next_; ++oldest_) {
    const Record& record = outcome_.records[oldest_];
    if (!record.is_out()) continue;
    if (outcome_.plan.due(oldest_) + outcome_.options.timeout > time) return;
    if (record.state == Record::State::waiting) {
      queue_.pop_front();
      outcome_.give_up(oldest_, time);
      continue;
    }
    Connection& connection = *all_[record.connection];
    const bool sending = connection.sent < connection.out.size();
    fail(connection, "timeout",
         connection.connecting         ? "not connected"
         : connection.response.begun() ? "in the answer, after " + std::to_string(connection.expected.received()) + " bytes of its body"
         : sending                     ? "sending, no byte of an answer"
                                       : "all sent, no byte of an answer");
  }
}

void Engine::give() {
  while (!queue_.empty()) {
    Connection* connection = idle();
    if (connection == nullptr && open_ == outcome_.options.connections) return;
    const std::uint64_t n = queue_.front();
    queue_.pop_front();
    begin(connection != nullptr ? *connection : fresh(), n);
  }
}

void Engine::wait(const sigset_t& signals) {
  const Time time = now();
  Time until = time + 1h;
  if (next_ < outcome_.plan.size()) until = std::min(until, outcome_.plan.due(next_));
  if (oldest_ < next_) until = std::min<Time>(until, outcome_.plan.due(oldest_) + outcome_.options.timeout);
  const Time pause = std::max<Time>(until - time, 0ns);
  const timespec timeout{.tv_sec = pause / 1s, .tv_nsec = (pause % 1s).count()};
  std::array<epoll_event, 256> events;
  const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, &signals);
  if (count < 0 && errno != EINTR) {
    std::perror("load-client: epoll_pwait2");
    std::exit(1);
  }
  for (int i = 0; i < count; ++i) happened(*static_cast<Connection*>(events[i].data.ptr), events[i].events);
}

// The newest idle connection whose server has not closed it. One that has is gone before anything is sent on it.
Connection* Engine::idle() {
  while (!idle_.empty()) {
    Connection& connection = *idle_.back();
    read(connection);
    if (connection.fd < 0) continue;  // and left idle_
    idle_.pop_back();
    return &connection;
  }
  return nullptr;
}

Connection& Engine::fresh() {
  if (free_.empty()) {
    all_.push_back(std::make_unique<Connection>());
    all_.back()->index = static_cast<std::uint32_t>(all_.size() - 1);
    return *all_.back();
  }
  Connection& connection = *free_.back();
  free_.pop_back();
  return connection;
}

void Engine::begin(Connection& connection, std::uint64_t n) {
  Record& record = outcome_.records[n];
  const std::string id = outcome_.plan.id(n);
  const std::uint64_t size = outcome_.plan.body_size(n);
  connection.out = outcome_.plan.request(n, record.hash);
  connection.sent = 0;
  connection.n = n;
  connection.busy = true;
  connection.response.start();
  connection.expected.start(support::load_answer(id, size, support::BodyHash::text(record.hash, size)), id, outcome_.options.answer);
  record.state = Record::State::sent;
  record.connection = connection.index;
  record.sent = now();
  if (connection.fd >= 0) return write(connection);

  int error = 0;
  connection.kept = connection.broken = false;
  connection.connecting = true;
  connection.fd = address_.connect(error);
  if (connection.fd < 0) return ended(connection, error);
  ++outcome_.opened;
  outcome_.most_open = std::max(outcome_.most_open, ++open_);
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &connection}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
}

void Engine::happened(Connection& connection, std::uint32_t events) {
  if (connection.fd < 0) return;  // dropped earlier in this batch
  if (connection.connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return ended(connection, error);
    if ((events & EPOLLOUT) == 0) return;
    connection.connecting = false;
  }
  if (connection.busy) write(connection);
  if (connection.fd >= 0 && (events & ~EPOLLOUT) != 0) read(connection);
}

void Engine::write(Connection& connection) {
  while (connection.sent < connection.out.size() && !connection.broken) {
    const std::string_view rest = std::string_view(connection.out).substr(connection.sent);
    const ssize_t count = send(connection.fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) {
      connection.broken = true;  // the reason, or an answer that was early, is there to be read
      return read(connection);
    }
    connection.sent += static_cast<std::size_t>(count);
    outcome_.bytes_sent += static_cast<std::uint64_t>(count);
  }
}

void Engine::read(Connection& connection) {
  while (connection.fd >= 0) {
    const ssize_t count = recv(connection.fd, scratch_.data(), scratch_.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN && !connection.broken) return;
    if (count <= 0) return ended(connection, count < 0 ? errno : 0);
    outcome_.bytes_received += static_cast<std::uint64_t>(count);
    understand(connection, std::string_view(scratch_.data(), static_cast<std::size_t>(count)));
    // Whoever gets this connection next looks first whether more came, or its end.
    if (!connection.busy && count < static_cast<ssize_t>(scratch_.size())) return;
  }
}

void Engine::understand(Connection& connection, std::string_view input) {
  if (!connection.busy) return fail(connection, "malformed", "bytes after the end of the answer");
  for (;;) {
    const Response::Step step = connection.response.read(input);
    connection.expected.add(step.body);
    if (step.progress == Response::Progress::bad) return fail(connection, "malformed", std::string(connection.response.complaint()));
    if (step.progress == Response::Progress::more) return;
    if (step.progress == Response::Progress::done) break;
  }
  if (!input.empty()) return fail(connection, "malformed", "bytes after the end of the answer");
  answered(connection);
}

void Engine::answered(Connection& connection) {
  const Response& response = connection.response;
  const Expected& expected = connection.expected;
  if (response.status() != 200) {
    const std::string_view token = response.is_problem() ? expected.problem_token() : std::string_view{};
    return fail(connection, "status " + std::to_string(response.status()) + (token.empty() ? "" : " ") + std::string(token),
                std::string(expected.first_line()));
  }
  if (!expected.is_whole()) {
    const bool other = expected.beginning().starts_with(outcome_.options.run + "-") &&
                       !expected.beginning().starts_with(outcome_.plan.id(connection.n) + " ");
    return fail(connection, other ? "mixed" : "wrong answer",
                std::to_string(expected.received()) + " bytes where " + std::to_string(expected.size()) +
                    " were expected; they begin: " + std::string(expected.first_line()));
  }
  Record& record = outcome_.records[connection.n];
  record.state = Record::State::answered;
  record.done = now();
  connection.busy = false;
  connection.kept = true;
  // An answer that was there before the request was whole leaves the rest unsaid.
  if (response.closes() || outcome_.options.close || connection.sent < connection.out.size()) return drop(connection);
  idle_.push_back(&connection);
}

// The server has closed, or the connection broke, or there was none.
void Engine::ended(Connection& connection, int error) {
  const bool begun = connection.response.begun();
  const std::string where =
      begun ? "after " + std::to_string(connection.expected.received()) + " bytes of the answer's body" : "before any byte of an answer";
  if (!connection.busy) return drop(connection);
  if (connection.fd < 0 || connection.connecting) {
    const bool refused = error == ECONNREFUSED || error == ENOENT;
    return fail(connection, refused ? "refused" : error == ECONNRESET ? "reset" : "cannot connect", std::strerror(error));
  }
  if (error == 0 && connection.response.ended_by_close()) return answered(connection);
  if (error == 0) return fail(connection, begun ? "closed in answer" : "closed without answer", where);
  const bool reset = error == ECONNRESET || error == EPIPE || error == EAGAIN;
  fail(connection, "reset", reset ? where : std::strerror(error));
}

void Engine::fail(Connection& connection, const std::string& kind, std::string detail) {
  outcome_.fail(connection.n, now(), kind, std::move(detail), connection.kept ? "kept" : "new");
  connection.busy = false;
  drop(connection);
}

void Engine::drop(Connection& connection) {
  if (connection.fd >= 0) {
    close(connection.fd);
    --open_;
  }
  std::erase(idle_, &connection);
  connection.fd = -1;
  connection.connecting = false;
  free_.push_back(&connection);
}

}  // namespace load
