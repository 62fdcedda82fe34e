#include "proxy/serve_connection.h"

#include "http/request_parser.h"
#include "proxy/forward.h"
#include "proxy/http1_client.h"
#include "proxy/rescue.h"
#include "proxy/worker.h"

namespace rota {
namespace {

class Counted {
 public:
  explicit Counted(ConnectionCount& count) : count_(count) { count_.open.fetch_add(1, std::memory_order_relaxed); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { count_.open.fetch_sub(1, std::memory_order_relaxed); }

 private:
  ConnectionCount& count_;
};

enum class Next : std::uint8_t { idle, close, linger };

constexpr Duration kLastLook = std::chrono::milliseconds{100};

// Answers a request that never became one.
Task<void> refuse(Worker& worker, Stream& stream, const http::RequestHead& head, Record& record, const Error& error) {
  const OwnResponse response = rescue(error);
  const std::string text = response.http1(record.id.text(), true, head.method != http::Method::head);
  iovec all = piece(text);
  record.status = response.status;
  record.error = response.token;
  record.answered = worker.reactor().now();
  [[maybe_unused]] const Result<void> written =
      co_await stream.write({&all, 1}, Deadline::after(worker.reactor().now(), kOwnAnswerStall), &worker.ending());
}

// Reads on until `head` is whole. Its bytes stay in `input` until the request is over.
Task<Result<void>> read_rest_of_head(Worker& worker, Stream& stream, Buffer& input, http::RequestParser& parser, http::RequestHead& head,
                                     Stop& stop) {
  const Deadline deadline = Deadline::after(worker.reactor().now(), worker.limits().header_timeout);
  for (;;) {
    if (input.space().empty()) input.compact();
    const Result<std::size_t> came = co_await stream.read_more(input, deadline, &stop);
    if (!came && came.error().code == ErrorCode::timed_out && parser.has_begun()) co_return fail(ErrorCode::request_timeout, Blame::client);
    if (!came) co_return std::unexpected(came.error());
    const Result<bool> whole = parser.parse(input.view(), head);
    if (!whole) co_return std::unexpected(whole.error());
    if (*whole) co_return Result<void>{};
  }
}

bool is_answerable(const Error& error) { return error.blame == Blame::client && error.code != ErrorCode::end_of_stream; }

// One request. What comes behind it is left in `input`.
Task<Next> serve_request(Worker& worker, Stream& stream, Buffer& input) {
  ActiveRequest active(worker.active());
  Record record(worker.reactor().now(), RequestId(worker.reactor().wall(), worker.rng()));
  http::RequestHead head;
  http::RequestParser parser(worker.head_limits());
  Result<void> read;
  const Result<bool> whole = parser.parse(input.view(), head);
  if (!whole) read = std::unexpected(whole.error());
  if (whole && !*whole) read = co_await read_rest_of_head(worker, stream, input, parser, head, active.stop);
  if (!read) {
    if (!is_answerable(read.error())) co_return Next::close;
    co_await refuse(worker, stream, head, record, read.error());
    worker.log(record, head, stream.peer());
    co_return Next::linger;
  }
  input.consume(parser.size());
  Http1Client client(worker, stream, head, input, record);
  co_await forward(worker, client, active.stop);
  client.unwatch();
  worker.log(record, head, stream.peer());
  if (client.may_continue()) {
    input = client.take_rest();
    co_return Next::idle;
  }
  if (client.end_looks_like_success()) {
    stream.reset_on_close();
    co_return Next::close;
  }
  const bool nothing_unread = client.is_complete() && input.is_empty() && !stream.is(Readiness::readable);
  co_return nothing_unread ? Next::close : Next::linger;
}

// All requests that are in `input` or on their way into it. A lone empty line behind a request is what some old clients add: it is nothing.
Task<Next> serve_requests(Worker& worker, Stream& stream, Buffer input) {
  for (;;) {
    const Next next = co_await serve_request(worker, stream, input);
    if (next != Next::idle) co_return next;
    if (input.is_empty() || input.view() == "\r\n") co_return Next::idle;
  }
}

// Closes so that the answer arrives: a socket closed with unread bytes in it resets, and the reset may overtake what was sent. So this direction
// ends first, and what still comes is read and dropped, within bounds.
Task<void> linger(Worker& worker, Stream& stream) {
  constexpr Duration kMostTime = std::chrono::seconds{1};
  constexpr std::size_t kMostBytes = 1024 * 1024;
  stream.shutdown_write();
  const Deadline deadline = Deadline::after(worker.reactor().now(), kMostTime);
  for (std::size_t dropped = 0; dropped < kMostBytes;) {
    Result<Buffer> more = co_await stream.read(worker.buffers(), deadline, &worker.ending());
    if (!more) break;
    dropped += more->view().size();
  }
}

}  // namespace

Task<void> serve_connection(Worker& worker, std::unique_ptr<Stream> stream) {
  const Counted counted(worker.connections());
  // A new connection is owed its first request; between requests it may rest longer.
  Duration patience = worker.limits().header_timeout;
  for (;;) {
    Result<Buffer> first = co_await stream->read(worker.buffers(), Deadline::after(worker.reactor().now(), patience), &worker.leaving());
    // The worker leaves, but a request may be on its way already: whoever sent it has seen no end of this connection. One last look.
    if (!first && first.error().code == ErrorCode::stopped) {
      first = co_await stream->read(worker.buffers(), Deadline::after(worker.reactor().now(), kLastLook), &worker.ending());
    }
    if (!first) co_return;
    const Next next = co_await serve_requests(worker, *stream, std::move(*first));
    if (next == Next::close) co_return;
    if (next == Next::linger) {
      co_await linger(worker, *stream);
      co_return;
    }
    patience = worker.limits().idle;
  }
}

}  // namespace rota
