#include "proxy/forward.h"

#include "http/request_writer.h"
#include "proxy/attempts.h"
#include "proxy/exchange.h"
#include "proxy/tunnel.h"
#include "proxy/worker.h"

namespace rota {
namespace {

// The head as every attempt sends it: written once.
Buffer forwarded_head(Worker& worker, ClientStream& client) {
  char address[Peer::kMostText];
  const std::string_view from(address, client.peer().write(address));
  Buffer out = worker.buffers().take();
  http::TextWriter text(out.space());
  http::write_request_head(client.head(), {.client = from, .scheme = http::Scheme::http, .request_id = client.record().id.text()}, text);
  out.commit(text.size());
  return out;
}

using Connection = std::unique_ptr<UpstreamConnection>;

// Ends a request whose answer has not begun when timeouts.request is over. Whose fault that is depends on who was waited for.
class RequestTimer final : private Timer {
 public:
  RequestTimer(ClientStream& client, Reactor& reactor, Duration limit, Stop& stop) : client_(client), stop_(stop) {
    const Deadline deadline = Deadline::after(reactor.now(), limit);
    if (!deadline.is_never()) reactor.timers().set(*this, deadline.point());
  }

 private:
  void expired() override {
    if (client_.has_answered()) return;
    stop_.request(client_.is_waited_for() ? Error{.code = ErrorCode::request_timeout, .blame = Blame::client}
                                          : Error{.code = ErrorCode::response_timeout, .blame = Blame::upstream});
  }
  ClientStream& client_;
  Stop& stop_;
};

bool may_be_replayed(const http::RequestHead& head, const RetrySettings& retry) {
  const bool is_too_long = head.body.framing == http::Framing::length && head.body.length > retry.body;
  return http::is_idempotent(head.method) && retry.body > 0 && !is_too_long;
}

// The client is still there and has heard nothing yet.
bool is_owed_an_answer(const ClientStream& client, const Error& error) {
  return !client.has_answered() && error.code != ErrorCode::client_gone;
}

Task<void> conclude(ClientStream& client, const Error& error) {
  client.record().went_wrong(error);
  if (is_owed_an_answer(client, error)) co_await client.reply(rescue(error));
}

// What the forwarding of one request works with, from when its service is known. In one piece, because each local of a coroutine costs at every resumption.
class Forwarding {
 public:
  Forwarding(Worker& worker, ClientStream& client, const Service& service, const Timeouts& timeouts, const BodyPiece& body, Stop& stop)
      : worker_(worker),
        client_(client),
        service_(service),
        stop_(stop),
        head_(forwarded_head(worker, client)),
        body_(body),
        attempts_(worker, service, *client.record().cells,
                  {.method = client.head().method, .body_is_whole = body.last, .replay = keep_for_replay()}),
        request_{.worker = worker,
                 .client = client,
                 .head = head_.view(),
                 .body = body_,
                 .replay = replay_.get(),
                 .timeouts = timeouts,
                 .attempts = attempts_,
                 .stop = stop} {
    client.watch(stop);
    if (timeouts.request > Duration::zero()) timer_.emplace(client, worker.reactor(), timeouts.request, stop);
  }

  const ForwardedRequest& request() const { return request_; }
  const Error& error() const { return attempts_.error(); }

  // The next attempt, on a connection that is open already. False: there is none, and connect() is asked.
  [[gnu::always_inline]] bool begin(Connection& connection) {
    if (!anew_) note(attempts_.pick());
    if (instance_ != nullptr && !anew_) connection = attempts_.pool().take();
    anew_ = false;
    if (replay_ && replay_->is_whole()) body_ = replay_->so_far();
    return connection != nullptr;
  }
  // Waits for a place and for a new connection, at whatever instance. False: nobody can be asked.
  Task<bool> connect(Connection& connection);
  // The client has the answer.
  void succeeded(const Exchange& exchange, Connection& connection) {
    attempts_.succeeded(exchange.status());
    if (exchange.outcome().reusable) connection->pool().put_back(std::move(connection), request_.timeouts.keep);
  }
  // It went wrong. True: another attempt follows.
  bool goes_on(const Outcome& outcome, Connection& connection);
  Task<void> tunnel(Exchange& exchange, Connection& connection);

 private:
  Replay* keep_for_replay() {
    if (!body_.last && may_be_replayed(client_.head(), service_.settings.retry)) {
      replay_ = std::make_unique<Replay>(service_.settings.retry.body, body_);
    }
    return replay_.get();
  }
  void note(const Instance* instance) {
    instance_ = instance;
    if (instance == nullptr) return;
    ++client_.record().attempts;
    client_.record().instance = instance->identity;
  }

  Worker& worker_;
  ClientStream& client_;
  const Service& service_;
  Stop& stop_;
  Buffer head_;
  BodyPiece body_;  // what each attempt begins with
  std::unique_ptr<Replay> replay_;
  Attempts attempts_;
  const ForwardedRequest request_;
  std::optional<RequestTimer> timer_;
  const Instance* instance_ = nullptr;
  bool anew_ = false;  // the same instance once more, by a new connection
};

Task<bool> Forwarding::connect(Connection& connection) {
  for (;;) {
    if (instance_ == nullptr && attempts_.is_full()) {
      const Instance* const instance = co_await attempts_.wait_for_place(stop_);
      note(instance);
      if (instance != nullptr) connection = attempts_.pool().take();
      if (connection) co_return true;
    }
    if (instance_ == nullptr) co_return false;
    const TimePoint begun = worker_.reactor().now();
    Result<Connection> dialed = co_await worker_.upstreams().dial(*instance_, Deadline::after(begun, request_.timeouts.connect), stop_);
    if (dialed) {
      client_.record().connect_time = worker_.reactor().now() - begun;
      connection = std::move(*dialed);
      co_return true;
    }
    attempts_.failed(dialed.error());
    if (!attempts_.may_go_on(dialed.error(), false, client_.has_answered())) co_return false;
    if (begin(connection)) co_return true;
  }
}

bool Forwarding::goes_on(const Outcome& outcome, Connection& connection) {
  const Error& error = *outcome.error;
  // An idle connection that turns out to have been dead says nothing about its instance, so it was no attempt of its own.
  anew_ = connection->is_reused() && error.reused && attempts_.is_safe_to_repeat(error, outcome.request_sent, client_.has_answered());
  if (anew_) return true;
  attempts_.failed(error);
  if (outcome.reusable) connection->pool().put_back(std::move(connection), request_.timeouts.keep);
  return attempts_.may_go_on(error, outcome.request_sent, client_.has_answered());
}

// May last for days, so it holds nothing that it does not need.
Task<void> Forwarding::tunnel(Exchange& exchange, Connection& connection) {
  const Tunnel tunnel{.client = client_,
                      .upstream = connection->stream(),
                      .buffers = worker_.buffers(),
                      .from_instance = exchange.behind_switch(),
                      .idle = request_.timeouts.tunnel,
                      .stop = stop_};
  head_ = Buffer{};
  attempts_.keep_states();
  client_.record().keep_names(service_.state);
  const Result<void> ended = co_await run(tunnel);
  if (!ended) client_.record().went_wrong(ended.error());
}

}  // namespace

Task<void> forward(Worker& worker, ClientStream& client, Stop& stop) {
  Record& record = client.record();
  const Snapshot& snapshot = *record.snapshot.emplace(worker.snapshots().pin());
  const Route* const route = snapshot.routes->match(client.head().host, client.head().path);
  if (route == nullptr) co_return co_await conclude(client, {.code = ErrorCode::no_route});
  const Service& service = snapshot.service_of(*route);
  record.begin_service(service.name, service.state->cells.of(worker.number()));
  const Result<BodyPiece> body = client.body_so_far();
  if (!body) co_return co_await conclude(client, body.error());

  Forwarding forwarding(worker, client, service, route->timeouts, *body, stop);
  bool answered = false;
  while (!answered) {
    Connection connection;
    if (!forwarding.begin(connection)) {
      const bool connected = co_await forwarding.connect(connection);
      if (!connected) break;
    }
    Exchange exchange(forwarding.request(), *connection);
    bool over = exchange.send();
    if (over) {
      Result<Buffer> first = co_await exchange.first_bytes();
      over = exchange.take(std::move(first));
    }
    if (!over) co_await exchange.go_on();
    const Outcome& outcome = exchange.outcome();
    if (!outcome.error) {
      answered = true;
      forwarding.succeeded(exchange, connection);
      if (outcome.switched) co_await forwarding.tunnel(exchange, connection);
    } else if (!forwarding.goes_on(outcome, connection)) {
      break;
    }
  }
  if (!answered) co_await conclude(client, forwarding.error());
}

}  // namespace rota
