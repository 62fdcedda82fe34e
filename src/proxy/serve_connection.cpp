#include "proxy/serve_connection.h"

#include "http/request_parser.h"
#include "proxy/forward.h"
#include "proxy/http1_client.h"
#include "proxy/own_answer.h"
#include "proxy/worker.h"

namespace rota {
namespace {

// What rota answers by itself never has to wait, so whoever asks for much of it gives way to everybody else after so many requests.
constexpr int kRequestsATurn = 16;

enum class Next : std::uint8_t { idle, close, linger };

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

// Whether bytes wait in the socket. One that was never enlisted has to be asked.
bool has_unread(Worker& worker, Stream& stream) {
  if (stream.is_enlisted()) return stream.is(Readiness::readable);
  stream.set_ready(Readiness::readable);
  const Result<Buffer> more = stream.read_now(worker.buffers());
  return more && *more;
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

// A lone empty line behind a request is what some old clients add: it is nothing.
bool holds_a_request(const Buffer& input) { return !input.is_empty() && input.view() != "\r\n"; }

// What becomes of the connection behind a request that was forwarded.
Next next_of(Worker& worker, Stream& stream, const Http1Client& client, const Buffer& input) {
  if (client.may_continue()) return Next::idle;
  if (client.end_looks_like_success()) {
    stream.reset_on_close();
    return Next::close;
  }
  const bool nothing_unread = client.is_complete() && input.is_empty() && !has_unread(worker, stream);
  return nothing_unread ? Next::close : Next::linger;
}

}  // namespace

// One coroutine for all of a connection's requests: this is the common path, and a frame a request costs as much as its parsing.
Task<void> serve_connection(Worker& worker, std::unique_ptr<ClientConnection> connection, Buffer input) {
  Stream& stream = connection->stream();
  for (int requests = 1;; ++requests) {
    Next next = Next::linger;
    {
      ActiveRequest active(worker.active());
      Record record(worker.reactor().now(), worker.reactor().wall(), worker.rng());
      http::RequestHead head;
      http::RequestParser parser(worker.head_limits(), &worker.host_memo());
      Result<void> read;
      const Result<bool> whole = parser.parse(input.view(), head);
      if (!whole) read = std::unexpected(whole.error());
      if (whole && !*whole) read = co_await read_rest_of_head(worker, stream, input, parser, head, active.stop);
      if (read) {
        input.consume(parser.size());
        Http1Client client(worker, stream, head, input, record);
        {
          Forwarding forwarding(worker, client, active.stop);
          bool over = forwarding.begin();
          if (over) {
            Result<Buffer> first = co_await forwarding.first_bytes();
            over = forwarding.take(std::move(first));
          }
          if (!over) co_await forwarding.go_on();
        }
        client.unwatch();
        worker.finish(record, head, stream.peer());
        next = next_of(worker, stream, client, input);
        if (next == Next::idle) input = client.take_rest();
      } else if (is_answerable(read.error())) {
        if (head.path.empty()) parser.describe(input.view(), head);
        record.went_wrong(read.error());
        co_await send_own_answer(worker, stream, rescue(read.error()), record, true, head.method != http::Method::head);
        worker.finish(record, head, stream.peer());
      } else {
        next = Next::close;
      }
    }
    if (next == Next::close) co_return;
    if (next == Next::linger) co_return co_await linger(worker, stream);
    if (requests % kRequestsATurn == 0) co_await worker.reactor().next_turn();
    if (holds_a_request(input)) continue;
    Result<Buffer> more = stream.read_now(worker.buffers());  // what has come meanwhile
    if (!more) co_return;
    if (!*more) break;
    input = std::move(*more);
  }
  input = Buffer{};
  worker.resting().add(std::move(connection), worker.limits().idle);
}

}  // namespace rota
