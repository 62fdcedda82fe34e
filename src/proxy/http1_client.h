// A request that came by HTTP/1, on a connection that may serve more of them.
#pragma once

#include <optional>

#include "http/response_writer.h"
#include "net/body_reader.h"
#include "proxy/client_stream.h"
#include "proxy/client_watch.h"
#include "proxy/framed_piece.h"
#include "runtime/buffer_pool.h"

namespace rota {

class Worker;

class Http1Client final : public ClientStream {
 public:
  // `input` holds what came behind the head; all of it outlives this.
  Http1Client(Worker& worker, Stream& stream, const http::RequestHead& head, Buffer& input, Record& record);

  // The connection may serve another request: the answer is whole, the request is read to its end, and neither side asked to close.
  bool may_continue() const { return finished_ && !close_ && body_is_read(); }
  // The answer is out and the request is read, both to their ends.
  bool is_complete() const { return finished_ && body_is_read(); }
  // The answer was cut short, and its framing would let the connection's orderly end pass for the answer's.
  bool end_looks_like_success() const {
    if (switched_) return !is_complete();
    return answered_ && !finished_ && (until_close_ || watch_.zero_is_out());
  }
  // What came behind this request's end. Once, after everything else.
  Buffer take_rest();

  bool is_waited_for() const override { return reading_; }
  Result<BodyPiece> body_so_far() override;
  Task<Result<BodyPiece>> read_body(Duration stall, Stop& stop) override;
  Task<Result<void>> send_interim(const http::ResponseHead& head, Duration stall, Stop& stop) override;
  Result<bool> begin_response(const http::ResponseHead& head, const BodyPiece& first) override;
  Task<Result<void>> finish_response(const BodyPiece& first, Duration stall, Stop& stop) override;
  Task<Result<void>> send_body(const BodyPiece& piece, Duration stall, Stop& stop) override;
  Task<Result<void>> send_switch(const http::ResponseHead& head, Duration stall, Stop& stop) override;
  Task<void> reply(const OwnResponse& response) override;
  void watch(Stop& stop) override { watch_.begin(stop); }
  void unwatch() override { watch_.end(); }

 private:
  bool body_is_read() const { return !body_ || body_->is_done(); }
  Result<BodyPiece> taken(const Result<BodyPiece>& piece);
  void begin_answer(std::uint16_t status);
  http::ResponseManner manner_for(const http::ResponseHead& head);
  Error not_taken(const Error& error);
  FramedPiece framed_response(const BodyPiece& first);
  Result<bool> send_first(std::span<iovec> pieces, const BodyPiece& first);
  Stream::Behind behind(const BodyPiece& piece) const;
  Task<Result<void>> write_body(std::span<iovec> pieces, const BodyPiece& piece, Duration stall, Stop& stop);
  void note_written(const BodyPiece& piece);
  Task<Result<void>> write(std::span<iovec> pieces, Duration stall, Stop& stop);

  // This connection ends behind this response; asked when its head is written, because it is told there.
  bool is_last() const;

  Worker& worker_;
  Stream& stream_;
  Buffer& input_;                   // the head is in it, so it is not written to while the request lasts
  Buffer more_;                     // what is read of the body beyond it
  Buffer out_;                      // the response's head, maybe with the body behind it
  std::size_t sent_ = 0;            // of the response's first write
  std::optional<BodyReader> body_;  // none: there is no body
  ClientWatch watch_;
  bool body_is_copied_ = false;  // into out_
  bool chunked_ = false;         // the response goes out chunked
  bool until_close_ = false;
  bool switched_ = false;
  bool reading_ = false;  // read_body() waits
  bool close_;
  bool finished_ = false;  // the response is out, whole
};

}  // namespace rota
