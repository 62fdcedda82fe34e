#include "proxy/exchange.h"

#include "http/text.h"
#include "proxy/attempts.h"
#include "proxy/framed_piece.h"
#include "proxy/relay.h"
#include "proxy/worker.h"

namespace rota {
namespace {

constexpr int kMostInterims = 16;

// Ends the wait for an answer that does not come: the attempt's, not the request's. Runs from when the request is out: an upload may take as long as it moves.
class AnswerTimer final : private Timer {
 public:
  AnswerTimer(ClientStream& client, Stream& upstream) : client_(client), upstream_(upstream) {}
  void start(Deadline deadline) {
    if (!deadline.is_never()) upstream_.reactor().timers().set(*this, deadline.point());
  }
  using Timer::cancel;

 private:
  void expired() override {
    if (!client_.has_answered()) upstream_.end_reading({.code = ErrorCode::timed_out});
  }

  ClientStream& client_;
  Stream& upstream_;
};

Error while_waiting_for_answer(const Error& error) {
  if (error.code == ErrorCode::end_of_stream || error.code == ErrorCode::reset || error.code == ErrorCode::io) {
    return {.code = ErrorCode::upstream_closed, .blame = Blame::upstream, .system = error.system};
  }
  if (error.code == ErrorCode::timed_out) return {.code = ErrorCode::response_timeout, .blame = Blame::upstream};
  return error;  // whatever the stop was requested with
}

// A 101 is an answer only to who asked for it, and only where it switches to what was asked for.
bool is_the_switch_asked_for(const ForwardedRequest& request, const http::ResponseHead& head) {
  const std::string_view asked = request.client.head().upgrade;
  return head.status == 101 && head.keep_alive && !asked.empty() && http::equals_without_case(head.upgrade, asked);
}

}  // namespace

// The rest of a request's body on its way up, beside whatever the instance says meanwhile.
class Exchange::Upload {
 public:
  explicit Upload(Exchange& exchange) : exchange_(exchange), answer_(exchange.request_.client, exchange.upstream_) {
    uploads_.spawn(run());
  }

  // Ends it, wherever it is; true: all of the body is out.
  Task<bool> end() {
    answer_.cancel();
    stop_.request({.code = ErrorCode::stopped});
    co_await uploads_.all_ended();
    co_return finished_;
  }

 private:
  Task<void> run() {
    const ForwardedRequest& request = exchange_.request_;
    const Result<void> went =
        co_await relay_up(request.client, exchange_.upstream_, request.is_chunked(), request.replay, request.timeouts->body, stop_);
    finished_ = went.has_value();
    if (!went && went.error().blame == Blame::client) {
      if (!stop_.requested()) request.stop.request(went.error());  // there will be no request to answer
      co_return;
    }
    // Where the instance takes no more, it may have answered all the same; if not, the reader will see its end.
    exchange_.deadline_ = Deadline::after(exchange_.upstream_.reactor().now(), request.timeouts->response);
    answer_.start(exchange_.deadline_);
    exchange_.connection_.request_is_out(exchange_.upstream_.reactor().now(), request.attempts->is_movable());
  }

  Exchange& exchange_;
  AnswerTimer answer_;
  Stop stop_;              // ends the upload alone
  bool finished_ = false;  // all of it is out
  TaskGroup uploads_;
};

Exchange::Exchange(const ForwardedRequest& request, UpstreamConnection& connection)
    : request_(request),
      connection_(connection),
      upstream_(connection.stream()),
      parser_(request.worker.head_limits(), request.client.head().method) {}

void Exchange::fail_with(const Error& error) {
  outcome_.error = error;
  step_ = Step::over;
}

// The answer is out, or its client is gone.
void Exchange::end_with(const Result<void>& sent) {
  if (!sent) return fail_with(sent.error());
  outcome_.reusable = head_.keep_alive && (!input_ || input_.is_empty());
  step_ = Step::over;
}

bool Exchange::send() {
  if (request_.stop.requested()) return false;
  if (!request_.is_chunked() && request_.body.bytes.empty()) {
    iovec head = piece(request_.head);
    return send_first({&head, 1});
  }
  FramedPiece framed(request_.head, request_.body, request_.is_chunked());
  return send_first(framed.pieces());
}

bool Exchange::send_first(std::span<iovec> pieces) {
  sent_ = upstream_.write_now(pieces);
  outcome_.request_sent = sent_ && *sent_ > 0;
  if (!pieces.empty() || !request_.body.last) return false;
  step_ = Step::head;
  return true;
}

Stream::Read Exchange::first_bytes() {
  const TimePoint now = upstream_.reactor().now();
  deadline_ = Deadline::after(now, request_.timeouts->response);
  connection_.wait_for_answer(now, deadline_, request_.attempts->is_movable());
  return upstream_.read(request_.worker.buffers(), Deadline::never(), &request_.stop);
}

bool Exchange::take(Result<Buffer>&& first) {
  if (!first) {
    connection_.no_answer();
    Error error = while_waiting_for_answer(first.error());
    error.reused = error.code == ErrorCode::upstream_closed;
    fail_with(error);
    return true;
  }
  connection_.answer_is_there(upstream_.reactor().now());
  input_ = std::move(*first);
  step_ = read_head();
  if (step_ == Step::body) {
    if (const std::optional<BodyPiece> body = whole_body()) step_ = send_whole(*body);
  }
  return step_ == Step::over;
}

Exchange::Step Exchange::read_head() {
  const Result<bool> whole = parser_.parse(input_.view(), head_);
  if (!whole) {
    fail_with(whole.error());
    return Step::over;
  }
  if (!*whole) return Step::head;
  input_.consume(parser_.size());
  if (head_.status >= 500 && request_.attempts->takes_another_for(head_.status)) [[unlikely]]
    return refuse_head();
  return head_.is_interim() ? Step::interim : Step::body;
}

// This answer is for nobody. Where it is all there, its connection can serve again.
Exchange::Step Exchange::refuse_head() {
  fail_with({.code = ErrorCode::status_retried, .blame = Blame::upstream});
  outcome_.reusable = whole_body() && head_.keep_alive && input_.is_empty();
  return Step::over;
}

// The body, where all of it is there; out of input_ then.
std::optional<BodyPiece> Exchange::whole_body() {
  const http::Body& body = head_.body;
  const bool is_there =
      body.framing == http::Framing::none || (body.framing == http::Framing::length && body.length <= input_.view().size());
  if (!is_there) return std::nullopt;
  const BodyPiece piece{.bytes = input_.view().substr(0, body.length)};
  input_.consume(piece.bytes.size());
  return piece;
}

Exchange::Step Exchange::send_whole(const BodyPiece& body) {
  const Result<bool> all = request_.client.begin_response(head_, body);
  if (all && !*all) {
    first_ = body;
    return Step::flush;
  }
  if (all) {
    end_with({});
  } else {
    fail_with(all.error());
  }
  return Step::over;
}

Task<void> Exchange::go_on() {
  if (step_ != Step::request) co_return co_await rest_of_answer();
  const Result<void> written = co_await send_rest();
  // Where the write was reset the instance had closed, but it may have said why before.
  if (!written && written.error().code != ErrorCode::reset) co_return fail_with(while_waiting_for_answer(written.error()));
  if (written && !request_.body.last) co_return co_await beside_upload();
  Result<Buffer> first = co_await first_bytes();
  if (!take(std::move(first))) co_await rest_of_answer();
  outcome_.reusable = outcome_.reusable && written;
}

// What send() left of the request's head and the first piece of its body.
Task<Result<void>> Exchange::send_rest() {
  if (!sent_) co_return std::unexpected(sent_.error());
  FramedPiece framed(request_.head, request_.body, request_.is_chunked());
  const std::span<iovec> left = without_front(framed.pieces(), *sent_);
  if (left.empty()) co_return Result<void>{};
  const Deadline deadline = Deadline::after(upstream_.reactor().now(), request_.timeouts->body);
  Stream::Write writing = upstream_.write(left, deadline, &request_.stop);
  const Result<void> written = co_await writing;
  outcome_.request_sent = outcome_.request_sent || writing.has_sent();
  co_return written;
}

// The answer, while the rest of the request's body still goes up.
Task<void> Exchange::beside_upload() {
  connection_.wait_for_answer(upstream_.reactor().now(), Deadline::never(), request_.attempts->is_movable(), true);
  Upload upload(*this);  // which may be over at once: so what it says of the wait stands behind its beginning
  Result<Buffer> first = co_await upstream_.read(request_.worker.buffers(), Deadline::never(), &request_.stop);
  if (!take(std::move(first))) co_await rest_of_answer();
  const bool all_sent = co_await upload.end();
  outcome_.reusable = outcome_.reusable && all_sent;
}

// What the instance says behind its first bytes: its head (interim ones are passed on), then its body, to its end.
Task<void> Exchange::rest_of_answer() {
  while (step_ != Step::over) {
    switch (step_) {
      case Step::request:
      case Step::over:
        break;
      case Step::head: {
        if (input_.space().empty() || input_.is_empty()) input_.compact();
        const Result<std::size_t> came = co_await upstream_.read_more(input_, deadline_, &request_.stop);
        if (!came) co_return fail_with(while_waiting_for_answer(came.error()));
        step_ = read_head();
        break;
      }
      case Step::interim:
        step_ = co_await pass_interim();
        break;
      case Step::body:
        co_await gather();
        if (step_ == Step::over) break;
        if (const std::optional<BodyPiece> body = whole_body()) {
          step_ = send_whole(*body);
        } else {
          request_.attempts->answer_begins(head_.status);
          co_await stream_body();
        }
        break;
      case Step::flush: {
        request_.attempts->answer_begins(head_.status);
        const Result<void> sent = co_await request_.client.finish_response(first_, request_.timeouts->body, request_.stop);
        end_with(sent);
        break;
      }
    }
  }
}

Task<Exchange::Step> Exchange::pass_interim() {
  if (is_the_switch_asked_for(request_, head_)) {
    const Result<void> sent = co_await request_.client.send_switch(head_, request_.timeouts->body, request_.stop);
    if (!sent) {
      fail_with(sent.error());
    } else {
      outcome_.switched = true;
    }
    co_return Step::over;
  }
  const bool may_pass = head_.status != 101 && head_.keep_alive && ++interims_ <= kMostInterims;
  if (!may_pass) {
    fail_with({.code = ErrorCode::response_malformed, .blame = Blame::upstream});
    co_return Step::over;
  }
  const bool is_second_continue = head_.status == 100 && std::exchange(continued_, true);  // a client waits for one
  if (!is_second_continue) {
    const Result<void> passed_on = co_await request_.client.send_interim(head_, request_.timeouts->body, request_.stop);
    if (!passed_on) {
      fail_with(passed_on.error());
      co_return Step::over;
    }
  }
  parser_.restart();
  co_return read_head();
}

// Waits a moment for the rest of an answer that fits into input_ as a whole, where its head came alone, as many servers send it: so it goes down in one
// write, and can still be tried elsewhere if its instance dies between the two. A body that takes longer is streamed as it comes.
Task<void> Exchange::gather() {
  constexpr Duration kMostTime = std::chrono::milliseconds{10};
  const http::Body& body = head_.body;
  const std::size_t here = input_.view().size();
  if (body.framing != http::Framing::length || here >= body.length || body.length - here > input_.space().size()) co_return;
  const Deadline deadline = Deadline::after(upstream_.reactor().now(), kMostTime);
  while (input_.view().size() < body.length) {
    const Result<std::size_t> came = co_await upstream_.read_more(input_, deadline, &request_.stop);
    if (!came && came.error().code == ErrorCode::timed_out) break;
    if (!came) co_return fail_with(while_waiting_for_answer(came.error()));
  }
}

// A body that has not all come: it goes down piece by piece.
Task<void> Exchange::stream_body() {
  const Duration stall = request_.timeouts->body;
  BodyReader body(BodyReader::Side::response, head_.body, request_.worker.head_limits());
  const Result<BodyPiece> piece = body.take(input_);
  if (!piece) co_return fail_with(piece.error());
  const Result<bool> all = request_.client.begin_response(head_, *piece);
  if (!all) co_return fail_with(all.error());
  Result<void> sent;
  if (!*all) sent = co_await request_.client.finish_response(*piece, stall, request_.stop);
  if (sent && !piece->last)
    sent = co_await relay_down(request_.client, upstream_, body, request_.worker.buffers(), input_, stall, request_.stop);
  end_with(sent);
}

}  // namespace rota
