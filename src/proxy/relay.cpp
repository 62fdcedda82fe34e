#include "proxy/relay.h"

#include "proxy/framed_piece.h"

namespace rota {
namespace {

// A body whose both ends are faster than we are never has to wait; so it gives way to everybody else after so many pieces.
constexpr int kPiecesATurn = 16;

// The instance stopped in the middle. What else a wait ended with is somebody's reason to end it, or no body, and stays.
Error blamed_on_instance(const Error& error) {
  if (!is_of_socket(error.code)) return error;
  return {.code = ErrorCode::response_incomplete, .blame = Blame::upstream, .system = error.system};
}

}  // namespace

Task<Result<void>> relay_up(ClientStream& client, Stream& upstream, bool chunked, Replay* replay, Duration stall, Stop& stop) {
  for (int pieces = 1;; ++pieces) {
    if (pieces % kPiecesATurn == 0) co_await upstream.reactor().next_turn();
    const Result<BodyPiece> piece = co_await client.read_body(stall, stop);
    if (!piece) co_return std::unexpected(piece.error());
    if (replay != nullptr) replay->add(*piece);
    FramedPiece framed({}, *piece, chunked);
    if (!framed.is_empty()) {
      const Deadline deadline = Deadline::after(upstream.reactor().now(), stall);
      Result<void> written = co_await upstream.write(framed.pieces(), deadline, &stop);
      if (!written) {
        written.error().blame = Blame::upstream;
        co_return written;
      }
    }
    if (piece->last) co_return Result<void>{};
  }
}

Task<Result<void>> relay_down(ClientStream& client, Stream& upstream, BodyReader& body, BufferPool& buffers, Buffer& input, Duration stall,
                              Stop& stop) {
  for (int pieces = 1;; ++pieces) {
    if (pieces % kPiecesATurn == 0) co_await upstream.reactor().next_turn();
    const Result<BodyPiece> piece = co_await body.next(upstream, buffers, input, stall, stop);
    if (!piece) co_return std::unexpected(blamed_on_instance(piece.error()));
    const Result<void> sent = co_await client.send_body(*piece, stall, stop);
    if (!sent || piece->last) co_return sent;
  }
}

}  // namespace rota
