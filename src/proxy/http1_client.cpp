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
    : ClientStream(head, stream.peer(), record), worker_(worker), stream_(stream), input_(input), watch_(stream), close_(!head.keep_alive) {
  if (head.body.framing != http::Framing::none)
    body_.emplace(BodyReader::Side::request, head.body, worker.head_limits(), worker.limits().body);
  if (body_is_read()) watch_.request_is_read();
  if (head.version == http::Version::http_1_1) watch_.may_send(ClientWatch::kBeforeAnswer);
}

Buffer Http1Client::take_rest() { return more_ ? std::move(more_) : std::move(input_); }

Result<BodyPiece> Http1Client::taken(const Result<BodyPiece>& piece) {
  if (!piece) return std::unexpected(blamed_on_client(piece.error()));
  record_.bytes_in += piece->bytes.size();
  record_.moved = stream_.reactor().now();
  if (body_is_read()) watch_.request_is_read();
  return piece;
}

Result<BodyPiece> Http1Client::body_so_far() {
  if (!body_) return BodyPiece{};
  return taken(body_->take(input_));
}

Task<Result<BodyPiece>> Http1Client::read_body(Duration stall, Stop& stop) {
  if (!more_ && !input_.is_empty()) {  // an unfinished trailer section: it needs room behind it, and the head has to stay
    more_ = worker_.buffers().take();
    more_.append(input_.view());
    input_.consume(input_.view().size());
  }
  reading_ = true;
  const Result<BodyPiece> piece = co_await body_->next(stream_, worker_.buffers(), more_, stall, stop);
  reading_ = false;
  co_return taken(piece);
}

// A client that takes nothing for so long is not left what the kernel still holds for it: that would outlive the connection's place.
Error Http1Client::not_taken(const Error& error) {
  if (error.code == ErrorCode::timed_out) stream_.reset_on_close();
  return blamed_on_client(error);
}

Task<Result<void>> Http1Client::write(std::span<iovec> pieces, Duration stall, Stop& stop) {
  const Result<void> written = co_await stream_.write(pieces, Deadline::after(stream_.reactor().now(), stall), &stop);
  if (!written) co_return std::unexpected(not_taken(written.error()));
  co_return written;
}

Stream::Behind Http1Client::behind(const BodyPiece& piece) const {
  return piece.last && close_ && body_is_read() ? Stream::Behind::the_end : Stream::Behind::anything;
}

Task<Result<void>> Http1Client::write_body(std::span<iovec> pieces, const BodyPiece& piece, Duration stall, Stop& stop) {
  const Deadline deadline = Deadline::after(stream_.reactor().now(), stall);
  const Result<void> sent = co_await stream_.write(pieces, deadline, &stop, behind(piece));
  if (!sent) co_return std::unexpected(not_taken(sent.error()));
  note_written(piece);
  co_return sent;
}

// The answer is out up to the end of `piece`.
void Http1Client::note_written(const BodyPiece& piece) {
  record_.bytes_out += piece.bytes.size();
  record_.moved = stream_.reactor().now();
  finished_ = piece.last;
  if (piece.last) {
    if (switched_) stream_.shutdown_write();
  } else if (chunked_) {
    watch_.may_send(ClientWatch::kBetweenChunks);
  }
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
bool Http1Client::is_last() const { return close_ || !body_is_read() || worker_.is_leaving(); }

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

// The head, with a body that is short copied behind it: that costs less than telling the kernel of two places.
FramedPiece Http1Client::framed_response(const BodyPiece& first) { return {out_.view(), body_is_copied_ ? BodyPiece{} : first, chunked_}; }

Result<bool> Http1Client::begin_response(const http::ResponseHead& head, const BodyPiece& first) {
  constexpr std::size_t kMostCopied = 1024;
  out_ = worker_.buffers().take();
  http::TextWriter text(out_.space());
  http::write_response_head(head, manner_for(head), text);
  out_.commit(text.size());
  body_is_copied_ = !chunked_ && first.bytes.size() <= std::min(kMostCopied, out_.space().size());
  if (body_is_copied_) out_.append(first.bytes);
  begin_answer(head.status);
  watch_.may_send({});
  if (body_is_copied_) {
    iovec whole = piece(out_.view());
    return send_first({&whole, 1}, first);
  }
  FramedPiece framed = framed_response(first);
  return send_first(framed.pieces(), first);
}

// True: all of it went out.
Result<bool> Http1Client::send_first(std::span<iovec> pieces, const BodyPiece& first) {
  const Result<std::size_t> sent = stream_.write_now(pieces, behind(first));
  if (!sent) return std::unexpected(blamed_on_client(sent.error()));
  sent_ = *sent;
  if (!pieces.empty()) return false;
  out_ = Buffer{};  // the rest of the body may take hours
  note_written(first);
  return true;
}

Task<Result<void>> Http1Client::finish_response(const BodyPiece& first, Duration stall, Stop& stop) {
  FramedPiece framed = framed_response(first);
  const Result<void> written = co_await write_body(without_front(framed.pieces(), sent_), first, stall, stop);
  out_ = Buffer{};
  co_return written;
}

Task<Result<void>> Http1Client::send_body(const BodyPiece& piece, Duration stall, Stop& stop) {
  FramedPiece framed({}, piece, chunked_);
  if (framed.is_empty()) {
    note_written(piece);
    co_return Result<void>{};
  }
  watch_.may_send({});
  co_return co_await write_body(framed.pieces(), piece, stall, stop);
}

Task<Result<void>> Http1Client::send_switch(const http::ResponseHead& head, Duration stall, Stop& stop) {
  Buffer out = worker_.buffers().take();
  http::TextWriter text(out.space());
  http::write_response_head(head, {}, text);
  out.commit(text.size());
  iovec all = piece(out.view());
  watch_.may_send({});
  body_.emplace(BodyReader::Side::request, http::Body{.framing = http::Framing::until_close}, http::HeadLimits{});
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
