#include "proxy/exchange.h"

#include "http/response_parser.h"
#include "http/text.h"
#include "proxy/framed_piece.h"
#include "proxy/relay.h"
#include "proxy/worker.h"

namespace rota {
namespace {

constexpr int kMostInterims = 16;
// Ends the wait for an answer that does not come. Runs from when the request is out: an upload may take as long as it moves.
class AnswerTimer final : private Timer {
 public:
  explicit AnswerTimer(const Exchange& exchange) : exchange_(exchange) {}
  void start(Reactor& reactor) {
    const Deadline deadline = Deadline::after(reactor.now(), exchange_.timeouts.response);
    if (!deadline.is_never()) reactor.timers().set(*this, deadline.point());
  }
  using Timer::cancel;

 private:
  void expired() override {
    if (!exchange_.client.has_answered()) exchange_.stop.request({.code = ErrorCode::response_timeout, .blame = Blame::upstream});
  }

  const Exchange& exchange_;
};

// The rest of a request's body on its way up, beside whatever the instance says meanwhile.
struct Upload {
  const Exchange& exchange;
  Stream& upstream;
  AnswerTimer& answer;
  Stop stop;              // ends the upload alone
  bool finished = false;  // all of it is out

  Task<void> run() {
    const bool chunked = exchange.client.head().body.framing == http::Framing::chunked;
    const Result<void> went = co_await relay_up(exchange.client, upstream, chunked, exchange.timeouts.body, stop);
    finished = went.has_value();
    if (!went && went.error().blame == Blame::client) {
      if (!stop.requested()) exchange.stop.request(went.error());  // there will be no request to answer
      co_return;
    }
    // Where the instance takes no more, it may have answered all the same; if not, the reader will see its end.
    answer.start(upstream.reactor());
  }
};

Error while_waiting_for_answer(const Error& error) {
  if (error.code == ErrorCode::end_of_stream || error.code == ErrorCode::reset || error.code == ErrorCode::io) {
    return {.code = ErrorCode::upstream_closed, .blame = Blame::upstream, .system = error.system};
  }
  if (error.code == ErrorCode::timed_out) return {.code = ErrorCode::response_timeout, .blame = Blame::upstream};
  return error;  // whatever the stop was requested with
}

// Waits a moment for the rest of an answer that fits into `input` as a whole, where its head came alone, as many servers send it: so it goes down in one
// write, and can still be tried elsewhere if its instance dies between the two. A body that takes longer is streamed as it comes.
Task<Result<void>> gather(const Exchange& exchange, Stream& upstream, Buffer& input, const http::Body& body) {
  constexpr Duration kMostTime = std::chrono::milliseconds{10};
  const Deadline deadline = Deadline::after(upstream.reactor().now(), kMostTime);
  while (input.view().size() < body.length) {
    const Result<std::size_t> came = co_await upstream.read_more(input, deadline, &exchange.stop);
    if (!came && came.error().code == ErrorCode::timed_out) break;
    if (!came) co_return std::unexpected(while_waiting_for_answer(came.error()));
  }
  co_return Result<void>{};
}

bool is_worth_gathering(const Buffer& input, const http::Body& body) {
  const std::size_t here = input.view().size();
  return body.framing == http::Framing::length && here < body.length && body.length - here <= input.space().size();
}

// A 101 is an answer only to who asked for it, and only where it switches to what was asked for.
bool is_the_switch_asked_for(const Exchange& exchange, const http::ResponseHead& head) {
  const std::string_view asked = exchange.client.head().upgrade;
  return head.status == 101 && head.keep_alive && !asked.empty() && http::equals_without_case(head.upgrade, asked);
}

// What the instance says: its head (interim ones are passed on), then its body, to its end. `input` takes what is read of it.
Task<Result<void>> relay_answer(const Exchange& exchange, Stream& upstream, Buffer& input, http::ResponseHead& head, Deadline deadline) {
  const Duration stall = exchange.timeouts.body;
  BufferPool& buffers = exchange.worker.buffers();
  Result<Buffer> first = co_await upstream.read(buffers, deadline, &exchange.stop);
  if (!first) {
    Error error = while_waiting_for_answer(first.error());
    error.reused = error.code == ErrorCode::upstream_closed;
    co_return std::unexpected(error);
  }
  input = std::move(*first);

  http::ResponseParser parser(exchange.worker.head_limits(), exchange.client.head().method);
  bool continued = false;
  for (int interims = 0;;) {
    const Result<bool> whole = parser.parse(input.view(), head);
    if (!whole) co_return std::unexpected(whole.error());
    if (!*whole) {
      if (input.space().empty() || input.is_empty()) input.compact();
      const Result<std::size_t> came = co_await upstream.read_more(input, deadline, &exchange.stop);
      if (!came) co_return std::unexpected(while_waiting_for_answer(came.error()));
      continue;
    }
    input.consume(parser.size());
    if (!head.is_interim()) break;
    if (is_the_switch_asked_for(exchange, head)) co_return co_await exchange.client.send_switch(head, stall, exchange.stop);
    const bool may_pass = head.status != 101 && head.keep_alive && ++interims <= kMostInterims;
    if (!may_pass) co_return fail(ErrorCode::response_malformed, Blame::upstream);
    const bool is_second_continue = head.status == 100 && std::exchange(continued, true);  // a client waits for one
    if (!is_second_continue) {
      const Result<void> passed_on = co_await exchange.client.send_interim(head, stall, exchange.stop);
      if (!passed_on) co_return passed_on;
    }
    parser.restart();
  }

  if (is_worth_gathering(input, head.body)) {
    const Result<void> gathered = co_await gather(exchange, upstream, input, head.body);
    if (!gathered) co_return gathered;
  }
  BodyReader body(BodyReader::Side::response, head.body, exchange.worker.head_limits());
  Result<BodyPiece> piece = body.take(input);
  if (!piece) co_return std::unexpected(piece.error());
  const Result<void> sent = co_await exchange.client.send_response(head, *piece, stall, exchange.stop);
  if (!sent || piece->last) co_return sent;
  co_return co_await relay_down(exchange.client, upstream, body, buffers, input, stall, exchange.stop);
}

// The same while the rest of the request's body still goes up. `all_sent`: it went up to its end.
Task<Result<void>> relay_both_ways(const Exchange& exchange, Stream& upstream, Buffer& input, http::ResponseHead& head, bool& all_sent) {
  AnswerTimer answer(exchange);
  Upload upload{.exchange = exchange, .upstream = upstream, .answer = answer, .stop = {}};
  TaskGroup uploads;
  uploads.spawn(upload.run());
  const Result<void> ended = co_await relay_answer(exchange, upstream, input, head, Deadline::never());
  answer.cancel();
  upload.stop.request({.code = ErrorCode::stopped});
  co_await uploads.all_ended();
  all_sent = upload.finished;
  co_return ended;
}

}  // namespace

Task<Outcome> run(const Exchange& exchange, Stream& upstream) {
  Outcome outcome;
  Reactor& reactor = exchange.worker.reactor();
  const bool chunked = exchange.client.head().body.framing == http::Framing::chunked;
  FramedPiece request(exchange.head, exchange.body, chunked);
  Stream::Write writing = upstream.write(request.pieces(), Deadline::after(reactor.now(), exchange.timeouts.body), &exchange.stop);
  const Result<void> written = co_await writing;
  outcome.request_sent = writing.has_sent();
  // Where the write was reset the instance had closed, but it may have said why before.
  if (!written && written.error().code != ErrorCode::reset) {
    outcome.error = while_waiting_for_answer(written.error());
    co_return outcome;
  }

  Buffer input;
  http::ResponseHead head;
  bool all_sent = exchange.body.last;
  Result<void> ended;
  if (all_sent || !written) {
    ended = co_await relay_answer(exchange, upstream, input, head, Deadline::after(reactor.now(), exchange.timeouts.response));
  } else {
    ended = co_await relay_both_ways(exchange, upstream, input, head, all_sent);
  }
  if (!ended) {
    outcome.error = ended.error();
    co_return outcome;
  }
  outcome.switched = head.status == 101;
  outcome.reusable = !outcome.switched && all_sent && written && head.keep_alive && (!input || input.is_empty());
  if (outcome.switched) outcome.behind_switch = std::move(input);
  co_return outcome;
}

}  // namespace rota
