#include "proxy/forward.h"

#include "http/request_writer.h"
#include "proxy/attempts.h"
#include "proxy/exchange.h"
#include "proxy/may_retry.h"
#include "proxy/request_id.h"
#include "proxy/worker.h"

namespace rota {
namespace {

// The head as every attempt sends it: written once.
Buffer forwarded_head(Worker& worker, const ClientStream& client, const RequestId& id) {
  char address[Peer::kMostText];
  const std::string_view from(address, client.peer().write(address));
  Buffer out = worker.buffers().take();
  http::TextWriter text(out.space());
  http::write_request_head(client.head(), {.client = from, .proto = "http", .request_id = id.text()}, text);
  out.commit(text.size());
  return out;
}

using Connection = std::unique_ptr<UpstreamConnection>;

// One attempt on one instance. An idle connection that turns out to have been dead is replaced, once, by a new one: it says nothing about the
// instance, so it is no attempt of its own.
Task<Outcome> attempt(const Exchange& exchange, const Instance& instance) {
  Worker& worker = exchange.worker;
  const Timeouts& timeouts = exchange.timeouts;
  Connection connection = worker.upstreams().of(instance).take(timeouts.keep);
  for (;;) {
    if (!connection) {
      const Deadline deadline = Deadline::after(worker.reactor().now(), timeouts.connect);
      Result<Connection> dialed = co_await worker.upstreams().dial(instance, deadline, exchange.stop);
      if (!dialed) co_return Outcome{.error = dialed.error(), .request_sent = false, .reusable = false};
      connection = std::move(*dialed);
    }
    const bool reused = connection->is_reused();
    const Outcome outcome = co_await run(exchange, connection->stream());
    if (outcome.reusable) connection->pool().put_back(std::move(connection), timeouts.keep);
    if (!outcome.error || !reused || !outcome.error->reused) co_return outcome;
    const FailedAttempt failed{.error = *outcome.error,
                               .request_sent = outcome.request_sent,
                               .body_is_replayable = exchange.body.last,
                               .answered = exchange.client.has_answered()};
    if (!may_retry(failed, exchange.client.head().method)) co_return outcome;
    connection = nullptr;
  }
}

// The client is still there and has heard nothing yet.
bool is_owed_an_answer(const ClientStream& client, const Error& error) {
  return !client.has_answered() && error.code != ErrorCode::end_of_stream && error.code != ErrorCode::reset;
}

}  // namespace

Task<void> forward(Worker& worker, ClientStream& client, Stop& stop) {
  const RequestId id(worker.reactor().wall(), worker.rng());
  const SnapshotHolder::Pin snapshot = worker.snapshots().pin();
  const Route* const route = snapshot->routes.match(client.head().host, client.head().path);
  if (route == nullptr) {
    co_await client.reply(rescue({.code = ErrorCode::no_route}), id.text());
    co_return;
  }
  const Result<BodyPiece> body = client.body_so_far();
  if (!body) {
    co_await client.reply(rescue(body.error()), id.text());
    co_return;
  }
  const Buffer head = forwarded_head(worker, client, id);
  client.watch(stop);
  const Exchange exchange{
      .worker = worker, .client = client, .head = head.view(), .body = *body, .timeouts = route->timeouts, .stop = stop};
  Attempts attempts(*route->service, worker.rng());
  while (const Instance* const instance = attempts.pick()) {
    const Outcome outcome = co_await attempt(exchange, *instance);
    if (!outcome.error) co_return;
    attempts.failed(*outcome.error);
    const FailedAttempt failed{
        .error = *outcome.error, .request_sent = outcome.request_sent, .body_is_replayable = body->last, .answered = client.has_answered()};
    if (!may_retry(failed, client.head().method)) break;
  }
  if (is_owed_an_answer(client, attempts.error())) co_await client.reply(rescue(attempts.error()), id.text());
}

}  // namespace rota
