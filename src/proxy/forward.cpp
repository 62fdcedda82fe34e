#include "proxy/forward.h"

#include <algorithm>

#include "http/request_writer.h"
#include "proxy/tunnel.h"
#include "proxy/worker.h"

namespace rota {
namespace {

// The head as every attempt sends it: written once.
void write_forwarded_head(Worker& worker, ClientStream& client, Buffer& out) {
  char address[Peer::kMostText];
  const std::string_view from(address, client.peer().write(address));
  out = worker.buffers().take();
  http::TextWriter text(out.space());
  http::write_request_head(client.head(), {.client = from, .scheme = http::Scheme::http, .request_id = client.record().id.text()}, text);
  out.commit(text.size());
}

bool may_be_replayed(const http::RequestHead& head, const RetrySettings& retry) {
  const bool is_too_long = head.body.framing == http::Framing::length && head.body.length > retry.body;
  return http::is_idempotent(head.method) && retry.body > 0 && !is_too_long;
}

}  // namespace

void Forwarding::RequestTimer::expired() {
  if (client_.has_answered()) return;
  stop_.request(client_.is_waited_for() ? Error{.code = ErrorCode::request_timeout, .blame = Blame::client}
                                        : Error{.code = ErrorCode::response_timeout, .blame = Blame::upstream});
}

bool Forwarding::begin() {
  Worker& worker = request_.worker;
  ClientStream& client = request_.client;
  Record& record = client.record();
  const Snapshot& snapshot = *(record.snapshot = worker.snapshots().pin());
  const Route* const route = snapshot.routes->match(client.head().host, client.head().path);
  if (route == nullptr) return refuse({.code = ErrorCode::no_route});
  const Service& service = snapshot.service_of(*route);
  record.begin_service(service.name, service.state->cells.of(worker.number()));
  const Result<BodyPiece> body = client.body_so_far();
  if (!body) return refuse(body.error());
  request_.body = *body;
  if (!body->last && may_be_replayed(client.head(), service.settings.retry)) {
    const http::Body& framed = client.head().body;
    const std::uint64_t most = service.settings.retry.body;
    replay_ = std::make_unique<Replay>(framed.framing == http::Framing::length ? std::min(most, framed.length) : most, *body);
    request_.replay = replay_.get();
  }
  write_forwarded_head(worker, client, head_);
  request_.head = head_.view();
  request_.timeouts = &route->timeouts;
  client.watch(request_.stop);
  if (route->timeouts.request > Duration::zero()) timer_.emplace(client, worker.reactor(), route->timeouts.request, request_.stop);
  request_.attempts = &attempts_.emplace(service, *record.cells, request_);
  return find_connection() && send();
}

bool Forwarding::refuse(const Error& why) {
  refused_ = why;
  return false;
}

void Forwarding::note(const Instance* instance) {
  instance_ = instance;
  if (instance == nullptr) return;
  ++request_.client.record().attempts;
  request_.client.record().instance = instance->identity;
}

// For the next attempt, among those that are open already. False: there is none, and connect() is asked.
bool Forwarding::find_connection() {
  if (std::exchange(anew_, false)) return false;
  note(attempts_->pick());
  if (instance_ != nullptr) connection_ = attempts_->pool().take();
  return connection_ != nullptr;
}

bool Forwarding::send() {
  exchange_.emplace(request_, *connection_);
  return exchange_->send();
}

bool Forwarding::take(Result<Buffer>&& first) { return exchange_->take(std::move(first)) && settle(); }

// The exchange is over. True: so is the request.
bool Forwarding::settle() {
  const Outcome& outcome = exchange_->outcome();
  if (outcome.error) return false;
  attempts_->succeeded(exchange_->status());
  if (outcome.reusable) put_back();
  return !outcome.switched;
}

void Forwarding::put_back() {
  InstancePool& pool = connection_->pool();
  pool.put_back(std::move(connection_), request_.timeouts->keep);
}

Task<void> Forwarding::go_on() {
  if (refused_) co_return co_await conclude(*refused_);
  bool settled = exchange_ && exchange_->is_over();
  for (;;) {
    if (!exchange_) {
      const bool connected = connection_ != nullptr || co_await connect();
      if (!connected) break;
      if (send()) {
        Result<Buffer> first = co_await exchange_->first_bytes();
        exchange_->take(std::move(first));
      }
    }
    if (!exchange_->is_over()) co_await exchange_->go_on();
    if (!settled && settle()) co_return;
    settled = false;
    if (!exchange_->outcome().error) co_return co_await tunnel();
    if (!goes_on()) break;
    find_connection();
  }
  co_await conclude(attempts_->error());
}

// Waits for a place and for a new connection, at whatever instance. False: nobody can be asked.
Task<bool> Forwarding::connect() {
  for (;;) {
    if (instance_ == nullptr && attempts_->is_full()) {
      const Instance* const instance = co_await attempts_->wait_for_place(request_.stop);
      note(instance);
      if (instance != nullptr) connection_ = attempts_->pool().take();
      if (connection_) co_return true;
    }
    if (instance_ == nullptr) co_return false;
    const TimePoint begun = request_.worker.reactor().now();
    auto dialed = co_await request_.worker.upstreams().dial(*instance_, Deadline::after(begun, request_.timeouts->connect), request_.stop);
    if (dialed) {
      request_.client.record().connect_time = request_.worker.reactor().now() - begun;
      connection_ = std::move(*dialed);
      co_return true;
    }
    attempts_->failed(dialed.error());
    if (!attempts_->may_go_on(dialed.error(), false, request_.client.has_answered())) co_return false;
    if (find_connection()) co_return true;
  }
}

// The exchange went wrong. True: another one may follow.
bool Forwarding::goes_on() {
  const Outcome outcome = exchange_->outcome();
  const Error& error = *outcome.error;
  exchange_.reset();
  // An idle connection that turns out to have been dead says nothing about its instance, so it was no attempt of its own.
  anew_ =
      connection_->is_reused() && error.reused && attempts_->is_safe_to_repeat(error, outcome.request_sent, request_.client.has_answered());
  if (!anew_) attempts_->failed(error);
  if (outcome.reusable) put_back();
  connection_.reset();
  if (replay_ && replay_->is_whole()) request_.body = replay_->so_far();
  return anew_ || attempts_->may_go_on(error, outcome.request_sent, request_.client.has_answered());
}

// May last for days, so it holds nothing that it does not need.
Task<void> Forwarding::tunnel() {
  const Tunnel tunnel{.client = request_.client,
                      .upstream = connection_->stream(),
                      .buffers = request_.worker.buffers(),
                      .from_instance = exchange_->behind_switch(),
                      .idle = request_.timeouts->tunnel,
                      .stop = request_.stop};
  head_ = Buffer{};
  attempts_->keep_states();
  request_.client.record().keep_names(attempts_->service_state());
  const Result<void> ended = co_await run(tunnel);
  if (!ended) request_.client.record().went_wrong(ended.error());
}

Task<void> Forwarding::conclude(const Error& error) {
  request_.client.record().went_wrong(error);
  // The client is still there and has heard nothing yet.
  if (!request_.client.has_answered() && error.code != ErrorCode::client_gone) co_await request_.client.reply(rescue(error));
}

}  // namespace rota
