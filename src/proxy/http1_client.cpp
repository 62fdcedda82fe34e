#include "proxy/http1_client.h"

#include "proxy/framed_piece.h"
#include "proxy/own_answer.h"
#include "proxy/worker.h"

namespace rota {
namespace {

// What a socket says of the client's connection. What else a wait ended with is somebody's reason to end it, or no body, and stays.
Error blamed_on_client(const Error& error) {
  switch (error.code) {
    case ErrorCode::timed_out:
      return {.code = ErrorCode::request_timeout, .blame = Blame::client};
    case ErrorCode::end_of_stream:
    case ErrorCode::reset:
    case ErrorCode::io:
      return {.code = ErrorCode::client_gone, .blame = Blame::client, .system = error.system};
    default:
      return error;
  }
}

}  // namespace

Http1Client::Http1Client(Worker& worker, Stream& stream, const http::RequestHead& head, Buffer& input, Record& record)
    : ClientStream(head, stream.peer(), record),
      worker_(worker),
      stream_(stream),
      input_(input),
      body_(BodyReader::Side::request, head.body, worker.head_limits(), worker.limits().body),
      watch_(stream),
      close_(!head.keep_alive) {
  if (body_.is_done()) watch_.request_is_read();
  if (head.version == http::Version::http_1_1) watch_.may_send(ClientWatch::kBeforeAnswer);
}

Buffer Http1Client::take_rest() { return more_ ? std::move(more_) : std::move(input_); }

Result<BodyPiece> Http1Client::taken(const Result<BodyPiece>& piece) {
  if (!piece) return std::unexpected(blamed_on_client(piece.error()));
  record_.bytes_in += piece->bytes.size();
  record_.moved = stream_.reactor().now();
  if (body_.is_done()) watch_.request_is_read();
  return piece;
}

Result<BodyPiece> Http1Client::body_so_far() { return taken(body_.take(input_)); }

Task<Result<BodyPiece>> Http1Client::read_body(Duration stall, Stop& stop) {
  if (!more_ && !input_.is_empty()) {  // an unfinished trailer section: it needs room behind it, and the head has to stay
    more_ = worker_.buffers().take();
    more_.append(input_.view());
    input_.consume(input_.view().size());
  }
  reading_ = true;
  const Result<BodyPiece> piece = co_await body_.next(stream_, worker_.buffers(), more_, stall, stop);
  reading_ = false;
  co_return taken(piece);
}

Task<Result<void>> Http1Client::write(std::span<iovec> pieces, Duration stall, Stop& stop) {
  const Result<void> written = co_await stream_.write(pieces, Deadline::after(stream_.reactor().now(), stall), &stop);
  if (!written) co_return std::unexpected(blamed_on_client(written.error()));
  co_return written;
}

Stream::Write Http1Client::write_framed(FramedPiece& framed, bool last, Duration stall, Stop& stop) {
  watch_.may_send({});
  const auto behind = last && close_ && body_.is_done() ? Stream::Behind::the_end : Stream::Behind::anything;
  return stream_.write(framed.pieces(), Deadline::after(stream_.reactor().now(), stall), &stop, behind);
}

Result<void> Http1Client::written(Result<void> result, const BodyPiece& piece) {
  if (!result) return std::unexpected(blamed_on_client(result.error()));
  record_.bytes_out += piece.bytes.size();
  record_.moved = stream_.reactor().now();
  finished_ = piece.last;
  if (chunked_ && !piece.last) watch_.may_send(ClientWatch::kBetweenChunks);
  if (switched_ && piece.last) stream_.shutdown_write();
  return result;
}

Task<Result<void>> Http1Client::send_interim(const http::ResponseHead& head, Duration stall, Stop& stop) {
  if (head_.version == http::Version::http_1_0) co_return Result<void>{};
  Buffer out = worker_.buffers().take();
  http::TextWriter text(out.space());
  http::write_response_head(head, {}, text);
  out.commit(text.size());
  iovec all = piece(out.view());
  watch_.may_send({});
  const Result<void> sent = co_await write({&all, 1}, stall, stop);
  if (sent) watch_.may_send(ClientWatch::kBeforeAnswer);
  co_return sent;
}

// From here on a byte of it may have reached the client.
void Http1Client::begin_answer(std::uint16_t status) {
  answered_ = true;
  record_.status = status;
  record_.answered = stream_.reactor().now();
}

// An answer that comes before its request's end is the connection's last, too.
bool Http1Client::is_last() const { return close_ || !body_.is_done() || worker_.is_leaving(); }

// Where the end of the body shows, and whether the connection goes on behind it.
http::ResponseManner Http1Client::manner_for(const http::ResponseHead& head) {
  http::ResponseManner manner;
  if (head.body.framing == http::Framing::chunked || head.body.framing == http::Framing::until_close) {
    manner.framing = head_.version == http::Version::http_1_1 ? http::ClientFraming::chunked : http::ClientFraming::until_close;
  }
  chunked_ = manner.framing == http::ClientFraming::chunked;
  until_close_ = manner.framing == http::ClientFraming::until_close;
  close_ = is_last() || until_close_;
  manner.close = close_;
  manner.say_keep_alive = !close_ && head_.version == http::Version::http_1_0;
  return manner;
}

Task<Result<void>> Http1Client::send_response(const http::ResponseHead& head, const BodyPiece& first, Duration stall, Stop& stop) {
  Buffer out = worker_.buffers().take();
  http::TextWriter text(out.space());
  http::write_response_head(head, manner_for(head), text);
  out.commit(text.size());
  FramedPiece framed(out.view(), first, chunked_);
  begin_answer(head.status);
  const Result<void> sent = co_await write_framed(framed, first.last, stall, stop);
  co_return written(sent, first);
}

Task<Result<void>> Http1Client::send_body(const BodyPiece& piece, Duration stall, Stop& stop) {
  FramedPiece framed({}, piece, chunked_);
  if (framed.is_empty()) co_return written({}, piece);
  const Result<void> sent = co_await write_framed(framed, piece.last, stall, stop);
  co_return written(sent, piece);
}

Task<Result<void>> Http1Client::send_switch(const http::ResponseHead& head, Duration stall, Stop& stop) {
  Buffer out = worker_.buffers().take();
  http::TextWriter text(out.space());
  http::write_response_head(head, {}, text);
  out.commit(text.size());
  iovec all = piece(out.view());
  watch_.may_send({});
  body_ = BodyReader(BodyReader::Side::request, {.framing = http::Framing::until_close}, {});
  switched_ = close_ = true;
  begin_answer(head.status);
  co_return co_await write({&all, 1}, stall, stop);
}

Task<void> Http1Client::reply(const OwnResponse& response) {
  close_ = is_last();
  answered_ = true;
  watch_.end();
  const Result<void> sent = co_await send_own_answer(worker_, stream_, response, record_, close_, head_.method != http::Method::head);
  finished_ = sent.has_value();
}

}  // namespace rota
