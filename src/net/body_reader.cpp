#include "net/body_reader.h"

#include <algorithm>

namespace rota {

BodyReader::BodyReader(Side side, const http::Body& body, const http::HeadLimits& limits, std::uint64_t most)
    : framing_(body.framing),
      done_(body.framing == http::Framing::none || (body.framing == http::Framing::length && body.length == 0)),
      left_(body.length),
      room_(most),
      chunks_(side, limits) {}

BodyPiece BodyReader::piece(std::string_view bytes) {
  BodyPiece piece{.bytes = bytes, .last = done_};
  if (done_ && framing_ == http::Framing::chunked && chunks_.trailers().size() != 0) piece.trailers = &chunks_.trailers();
  return piece;
}

Result<BodyPiece> BodyReader::take(Buffer& buffer) {
  if (left_ > room_) [[unlikely]]  // as soon as it is announced
    return fail(ErrorCode::content_too_large, Blame::client);
  if (done_ || !buffer) return piece({});
  const std::span<char> bytes = buffer.bytes();
  std::size_t payload = bytes.size();
  if (framing_ == http::Framing::chunked) {
    const Result<http::ChunkedDecoder::Step> step = chunks_.decode(bytes);
    if (!step) return std::unexpected(step.error());
    if (step->payload > room_) [[unlikely]]
      return fail(ErrorCode::content_too_large, Blame::client);
    room_ -= step->payload;
    done_ = chunks_.is_done();
    buffer.consume(step->used);
    return piece({bytes.data(), step->payload});
  }
  if (framing_ == http::Framing::length) {
    payload = static_cast<std::size_t>(std::min<std::uint64_t>(left_, payload));
    left_ -= payload;
    done_ = left_ == 0;
  } else {
    if (payload > room_) [[unlikely]]
      return fail(ErrorCode::content_too_large, Blame::client);
    room_ -= payload;
  }
  buffer.consume(payload);
  return piece({bytes.data(), payload});
}

Task<Result<BodyPiece>> BodyReader::next(Stream& stream, BufferPool& pool, Buffer& buffer, Duration stall, Stop& stop) {
  for (;;) {
    const Result<BodyPiece> taken = take(buffer);
    if (!taken || taken->last || !taken->bytes.empty()) co_return taken;
    const Deadline deadline = Deadline::after(stream.reactor().now(), stall);
    if (buffer && buffer.is_empty()) buffer = Buffer{};
    Result<std::size_t> came = std::size_t{0};
    if (!buffer) {
      Result<Buffer> read = co_await stream.read(pool, deadline, &stop);
      if (read) {
        buffer = std::move(*read);
      } else {
        came = std::unexpected(read.error());
      }
    } else {
      buffer.compact();
      came = co_await stream.read_more(buffer, deadline, &stop);
    }
    if (came) continue;
    if (came.error().code != ErrorCode::end_of_stream || framing_ != http::Framing::until_close) co_return std::unexpected(came.error());
    done_ = true;  // RFC 9112 section 6.3: this is how such a body ends
  }
}

}  // namespace rota
