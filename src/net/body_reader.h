// One HTTP/1 message body, read from a stream and taken out of its framing: a client's upload, an instance's answer.
#pragma once

#include "http/chunked.h"
#include "http/message.h"
#include "net/body_piece.h"
#include "net/stream.h"
#include "runtime/task.h"

namespace rota {

class BodyReader {
 public:
  using Side = http::ChunkedDecoder::Side;

  // `most`: bytes of the body, out of its framing.
  BodyReader(Side side, const http::Body& body, const http::HeadLimits& limits, std::uint64_t most = UINT64_MAX);

  // What `buffer` already holds of the body, without waiting; what it holds behind the body stays in it. The piece's bytes stay valid until `buffer`
  // is written to again. Errors: what the chunks' grammar forbids; content_too_large.
  Result<BodyPiece> take(Buffer& buffer);
  // The same, but waits until there is something (or the end). An empty-handed `buffer` is taken from `pool` once bytes are there.
  // Errors: as take(); the stream's own; end_of_stream where the body is not whole. While it waits with nothing to hold, it holds no buffer.
  Task<Result<BodyPiece>> next(Stream& stream, BufferPool& pool, Buffer& buffer, Duration stall, Stop& stop);

  bool is_done() const { return done_; }

 private:
  BodyPiece piece(std::string_view bytes);

  http::Framing framing_;
  bool done_;
  std::uint64_t left_;  // of Framing::length
  std::uint64_t room_;  // how much more of the body there may be
  http::ChunkedDecoder chunks_;
};

}  // namespace rota
