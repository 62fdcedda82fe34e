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

  const Timeouts& timeouts = route->timeouts;
  Buffer head = forwarded_head(worker, client);
  client.watch(stop);
  std::optional<RequestTimer> timer;
  if (timeouts.request > Duration::zero()) timer.emplace(client, worker.reactor(), timeouts.request, stop);
  std::optional<Replay> replay;
  if (!body->last && may_be_replayed(client.head(), service.settings.retry)) replay.emplace(service.settings.retry.body, *body);
  Replay* const kept = replay ? &*replay : nullptr;
  Attempts attempts(worker, service, *record.cells, {.method = client.head().method, .body_is_whole = body->last, .replay = kept});
  ForwardedRequest request{.worker = worker,
                           .client = client,
                           .head = head.view(),
                           .body = *body,
                           .replay = kept,
                           .timeouts = timeouts,
                           .attempts = attempts,
                           .stop = stop};
  bool anew = false;  // the same instance once more, by a new connection
  for (const Instance* instance = nullptr;;) {
    if (!anew) {
      instance = attempts.pick();
      if (instance == nullptr && attempts.is_full()) instance = co_await attempts.wait_for_place(stop);
      if (instance == nullptr) break;
      ++record.attempts;
    }
    record.instance = instance->identity;
    Connection connection = anew ? nullptr : attempts.pool().take();
    anew = false;
    if (!connection) {
      const TimePoint begun = worker.reactor().now();
      Result<Connection> dialed = co_await worker.upstreams().dial(*instance, Deadline::after(begun, timeouts.connect), stop);
      if (!dialed) {
        attempts.failed(dialed.error());
        if (!attempts.may_go_on(dialed.error(), false, client.has_answered())) break;
        continue;
      }
      record.connect_time = worker.reactor().now() - begun;
      connection = std::move(*dialed);
    }
    if (kept != nullptr && kept->is_whole()) request.body = kept->so_far();
    Exchange exchange(request, *connection);
    bool over = exchange.send();
    if (over) {
      Result<Buffer> first = co_await exchange.first_bytes();
      over = exchange.take(std::move(first));
    }
    if (!over) co_await exchange.go_on();
    const Outcome& outcome = exchange.outcome();
    if (!outcome.error) {
      attempts.succeeded(exchange.status());
      if (outcome.reusable) connection->pool().put_back(std::move(connection), timeouts.keep);
      if (!outcome.switched) co_return;
      const Tunnel tunnel{.client = client,
                          .upstream = connection->stream(),
                          .buffers = worker.buffers(),
                          .from_instance = exchange.behind_switch(),
                          .idle = timeouts.tunnel,
                          .stop = stop};
      head = Buffer{};
      attempts.keep_states();
      record.keep_names(service.state);
      const Result<void> ended = co_await run(tunnel);
      if (!ended) record.went_wrong(ended.error());
      co_return;
    }
    const Error& error = *outcome.error;
    // An idle connection that turns out to have been dead says nothing about its instance, so it was no attempt of its own.
    anew = connection->is_reused() && error.reused && attempts.is_safe_to_repeat(error, outcome.request_sent, client.has_answered());
    if (anew) continue;
    attempts.failed(error);
    if (outcome.reusable) connection->pool().put_back(std::move(connection), timeouts.keep);
    if (!attempts.may_go_on(error, outcome.request_sent, client.has_answered())) break;
  }
  co_await conclude(client, attempts.error());
}

}  // namespace rota
