#include "net/http_server.h"

#include "http/request_parser.h"
#include "http/text.h"
#include "net/body_reader.h"

namespace rota {
namespace {

constexpr std::size_t kBufferSize = http::HeadLimits{}.bytes;  // a whole head, and so a body's whole trailer section, too
constexpr std::size_t kBuffersKept = 8;
constexpr std::size_t kPiece = 16 * 1024;  // of an answer; each has its own time, so that a slow reader does not hold a place for ever

// Whoever asks for much gives way to everybody else after so many.
constexpr int kRequestsATurn = 16;
constexpr int kAcceptedATurn = 16;
constexpr Duration kPause = std::chrono::milliseconds{50};  // of accepting, where there are no descriptors

// A lone empty line behind a request is what some old clients add: it is nothing.
bool holds_a_request(const Buffer& input) { return input && !input.is_empty() && input.view() != "\r\n"; }

bool is_answerable(const Error& error) { return error.blame == Blame::client && !is_of_socket(error.code); }

Error blamed_on_client(const Error& error) {
  if (error.code != ErrorCode::timed_out) return error;
  return {.code = ErrorCode::request_timeout, .blame = Blame::client};
}

}  // namespace

std::string_view ServedRequest::field(std::string_view lower) const {
  for (const http::Field& field : head.fields) {
    if (http::equals_lower(head.fields.name(field), lower)) return head.fields.value(field);
  }
  return {};
}

HttpServer::HttpServer(Reactor& reactor, RequestHandler handler)
    : reactor_(reactor), handler_(std::move(handler)), buffers_(kBufferSize, kBuffersKept) {}

void HttpServer::serve(std::unique_ptr<Listener> listener) { tasks_.spawn(accept_all(std::move(listener))); }

void HttpServer::end() {
  ending_.request({.code = ErrorCode::stopped});
  for (Connection& connection : connections_) connection.stop.request({.code = ErrorCode::stopped});
}

Task<void> HttpServer::accept_all(std::unique_ptr<Listener> listener) {
  for (int accepted_here = 1;; ++accepted_here) {
    if (accepted_here % kAcceptedATurn == 0) co_await reactor_.next_turn();
    Result<std::unique_ptr<Stream>> accepted = co_await listener->accept(ending_);
    if (!accepted && !ending_.requested()) {
      co_await reactor_.sleep_until(Deadline::after(reactor_.now(), kPause));
      continue;
    }
    if (ending_.requested()) co_return;
    const bool room = co_await make_room();
    if (!room || ending_.requested()) continue;
    tasks_.spawn(serve_connection(connections_.emplace(connections_.end(), std::move(*accepted))));
  }
}

// The one that is closed for it goes on from the next turn, before us.
Task<bool> HttpServer::make_room() {
  while (connections_.size() >= kMostConnections) {
    Connection* const longest = longest_idle();
    if (longest == nullptr) co_return false;
    longest->idle = false;
    longest->stop.request({.code = ErrorCode::stopped});
    co_await reactor_.next_turn();
  }
  co_return true;
}

HttpServer::Connection* HttpServer::longest_idle() {
  Connection* longest = nullptr;
  for (Connection& connection : connections_) {
    if (connection.idle && (longest == nullptr || connection.idle_since < longest->idle_since)) longest = &connection;
  }
  return longest;
}

Task<void> HttpServer::serve_connection(Place place) {
  Buffer input;
  Duration patience = kHeadTime;  // who connects speaks first
  for (int requests = 1;; ++requests) {
    if (!holds_a_request(input)) {
      const Result<void> came = co_await wait_for_request(*place, input, patience);
      if (!came) break;
    }
    const Next next = co_await serve_request(*place, input);
    if (next == Next::linger) co_await linger(*place);
    if (next != Next::idle) break;
    if (requests % kRequestsATurn == 0) co_await reactor_.next_turn();
    patience = kIdleTime;
  }
  connections_.erase(place);
}

Task<Result<void>> HttpServer::wait_for_request(Connection& connection, Buffer& input, Duration patience) {
  input = Buffer{};
  connection.idle = true;
  connection.idle_since = reactor_.now();
  Result<Buffer> came = co_await connection.stream->read(buffers_, Deadline::after(reactor_.now(), patience), &connection.stop);
  if (!came) co_return std::unexpected(came.error());
  input = std::move(*came);
  co_return Result<void>{};
}

// On Next::idle `input` holds what came behind the request.
Task<HttpServer::Next> HttpServer::serve_request(Connection& connection, Buffer& input) {
  http::RequestHead head;
  std::string body;
  Buffer more;  // what is read of the body: the head stays where it is
  Result<void> came = co_await read_head(connection, input, head);
  if (came) came = co_await read_body(connection, head, input, more, body);
  connection.idle = false;  // and not before: whoever sends a request byte by byte holds its place no better than who sends none
  if (!came && !is_answerable(came.error())) co_return Next::close;

  const bool close = !came || !head.keep_alive || ending_.requested();
  const ServedAnswer answer =
      came ? answer_to({.head = head, .body = body, .peer = connection.stream->peer()}) : problem_answer(status_of(came.error().code));
  const std::string text = http1(answer, head, close);
  if (more) input = std::move(more);
  const Result<void> sent = co_await write(connection, text);
  if (!sent) co_return Next::close;
  if (!close) co_return Next::idle;
  const bool all_is_read = came && !has_unread(connection, input);
  co_return all_is_read ? Next::close : Next::linger;
}

Task<Result<void>> HttpServer::read_head(Connection& connection, Buffer& input, http::RequestHead& head) {
  http::RequestParser parser(http::HeadLimits{});
  const Deadline deadline = Deadline::after(reactor_.now(), kHeadTime);
  for (;;) {
    const Result<bool> whole = parser.parse(input.view(), head);
    if (!whole) co_return std::unexpected(whole.error());
    if (*whole) break;
    if (input.space().empty()) input.compact();
    const Result<std::size_t> came = co_await connection.stream->read_more(input, deadline, &connection.stop);
    if (!came) co_return std::unexpected(parser.has_begun() ? blamed_on_client(came.error()) : came.error());
  }
  input.consume(parser.size());
  co_return Result<void>{};
}

// One deadline of the whole, and not one a piece: so not by BodyReader::next().
Task<Result<void>> HttpServer::read_body(Connection& connection, const http::RequestHead& head, Buffer& input, Buffer& more,
                                         std::string& body) {
  BodyReader reader(BodyReader::Side::request, head.body, http::HeadLimits{}, kLongestBody);
  const Deadline deadline = Deadline::after(reactor_.now(), kHeadTime);
  bool is_awaited = head.expects_continue && head.version == http::Version::http_1_1;
  for (;;) {
    const Result<BodyPiece> piece = reader.take(more ? more : input);
    if (!piece) co_return std::unexpected(piece.error());
    body += piece->bytes;
    if (piece->last) co_return Result<void>{};
    if (is_awaited && body.empty() && input.is_empty()) {
      const Result<void> sent = co_await write(connection, "HTTP/1.1 100 Continue\r\n\r\n");
      if (!sent) co_return sent;
    }
    is_awaited = false;
    if (!more) {
      more = buffers_.take();
      more.append(input.view());
      input.clear();
    }
    more.compact();
    const Result<std::size_t> came = co_await connection.stream->read_more(more, deadline, &connection.stop);
    if (!came) co_return std::unexpected(blamed_on_client(came.error()));
  }
}

ServedAnswer HttpServer::answer_to(const ServedRequest& request) const {
  ServedAnswer answer = handler_(request);
  return is_sendable(answer) ? answer : problem_answer(500);
}

Task<Result<void>> HttpServer::write(Connection& connection, std::string_view text) {
  while (!text.empty()) {
    iovec next = piece(text.substr(0, kPiece));
    text.remove_prefix(next.iov_len);
    const Result<void> written =
        co_await connection.stream->write({&next, 1}, Deadline::after(reactor_.now(), kSendTime), &connection.stop);
    if (written) continue;
    if (written.error().code == ErrorCode::timed_out) connection.stream->reset_on_close();  // the kernel would go on offering it
    co_return written;
  }
  co_return Result<void>{};
}

// `rest`: what came behind the request. A socket that was never enlisted has to be asked.
bool HttpServer::has_unread(Connection& connection, const Buffer& rest) {
  if (!rest.is_empty()) return true;
  Stream& stream = *connection.stream;
  if (stream.is_enlisted()) return stream.is(Readiness::readable);
  stream.set_ready(Readiness::readable);
  const Result<Buffer> more = stream.read_now(buffers_);
  return more && *more;
}

// Closes so that the answer arrives: a socket closed with unread bytes in it resets, and the reset may overtake what was sent. So this direction
// ends first, and what still comes is read and dropped, within bounds.
Task<void> HttpServer::linger(Connection& connection) {
  constexpr Duration kMostTime = std::chrono::seconds{1};
  constexpr std::size_t kMostBytes = 1024 * 1024;
  connection.stream->shutdown_write();
  const Deadline deadline = Deadline::after(reactor_.now(), kMostTime);
  for (std::size_t dropped = 0; dropped < kMostBytes;) {
    Result<Buffer> more = co_await connection.stream->read(buffers_, deadline, &connection.stop);
    if (!more) break;
    dropped += more->view().size();
  }
}

}  // namespace rota
