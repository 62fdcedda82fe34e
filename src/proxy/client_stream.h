// The client's side of one request, whatever wire it came by. This is the seam: HTTP/1 is one, HTTP/2 will be another, and nothing above may know
// which. It knows framing and connection rules; it decides nothing about instances.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "http/request_head.h"
#include "http/response_head.h"
#include "net/body_piece.h"
#include "net/peer.h"
#include "proxy/record.h"
#include "proxy/rescue.h"
#include "runtime/stop.h"
#include "runtime/task.h"

namespace rota {

class ClientStream {
 public:
  // All of these outlive it.
  ClientStream(const http::RequestHead& head, const Peer& peer, Record& record) : head_(head), peer_(peer), record_(record) {}
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;
  virtual ~ClientStream() = default;

  const http::RequestHead& head() const { return head_; }
  const Peer& peer() const { return peer_; }
  Record& record() { return record_; }
  // A byte of the final response may have reached the client: nothing can be tried again.
  bool has_answered() const { return answered_; }

  // It is the client that is waited for: more of its body.
  virtual bool is_waited_for() const = 0;
  // What has come of the body already, without waiting: once, before anything else is read. Its bytes stay as long as the body is not read further.
  virtual Result<BodyPiece> body_so_far() = 0;
  // The next piece; its bytes stay until the next call. Errors are the client's: it went away, stalled (`stall`), or sent what is no body.
  virtual Task<Result<BodyPiece>> read_body(Duration stall, Stop& stop) = 0;

  // A 1xx; passed over where the client could not understand it.
  virtual Task<Result<void>> send_interim(const http::ResponseHead& head, Duration stall, Stop& stop) = 0;
  // The final head, with the first piece of its body, as far as it goes out without waiting. True: all of it; false: the rest is for finish_response().
  // Errors here and below: the client went away or does not read.
  virtual Result<bool> begin_response(const http::ResponseHead& head, const BodyPiece& first) = 0;
  virtual Task<Result<void>> finish_response(const BodyPiece& first, Duration stall, Stop& stop) = 0;
  virtual Task<Result<void>> send_body(const BodyPiece& piece, Duration stall, Stop& stop) = 0;
  // The 101 that ends this conversation's HTTP: from here on read_body() and send_body() carry bare bytes, and each direction's last piece is its end.
  virtual Task<Result<void>> send_switch(const http::ResponseHead& head, Duration stall, Stop& stop) = 0;
  // rota's own answer, where none has begun.
  virtual Task<void> reply(const OwnResponse& response) = 0;

  // From here on, the client's going away requests `stop`, until unwatch().
  virtual void watch(Stop& stop) = 0;
  virtual void unwatch() = 0;

 protected:
  const http::RequestHead& head_;
  const Peer& peer_;
  Record& record_;
  bool answered_ = false;
};

}  // namespace rota
