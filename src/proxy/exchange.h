// Hop four: one attempt's conversation with one instance, over a connection that is open. Head up, body up, head down, body down; both bodies stream,
// and an answer may come while the request's body still goes.
#pragma once

#include <optional>

#include "http/response_parser.h"
#include "model/settings.h"
#include "net/stream.h"
#include "proxy/client_stream.h"
#include "runtime/task.h"

namespace rota {

class Attempts;
class Replay;
class UpstreamConnection;
class Worker;

// What every attempt sends, and is held to. All of it outlives them; the body alone may have grown from one to the next.
struct ForwardedRequest {
  Worker& worker;
  ClientStream& client;
  Stop& stop;
  std::string_view head = {};          // as it goes to the instance
  BodyPiece body = {};                 // what has come of the request's body; the rest of it is still the client's
  Replay* replay = nullptr;            // where the rest is kept for the next attempt; null: it is not
  const Timeouts* timeouts = nullptr;  // never null while there is an attempt; neither is the next one
  Attempts* attempts = nullptr;

  bool is_chunked() const { return client.head().body.framing == http::Framing::chunked; }
};

struct Outcome {
  std::optional<Error> error =
      {};  // none: the client has the whole answer. `reused`: the instance said nothing at all, as one whose connection had died
  bool request_sent = false;  // a byte of the request may have reached the instance
  bool reusable = false;      // the connection can serve another request
  bool switched = false;      // the client has a 101: what follows is a tunnel
};

// Nearly every request goes out at once, and its answer is all there when its first bytes are: then nothing waits but for these, and there is no coroutine
// but the caller's:
//   send(), take() what first_bytes() completes with, and go_on() where either says that this was not all.
class Exchange {
 public:
  // Both outlive it.
  Exchange(const ForwardedRequest& request, UpstreamConnection& connection);

  // Sends the request as far as it goes without waiting. True: nothing is left of it.
  bool send();
  // The wait for the answer behind that, or beside what is left of it, which takes its time.
  Stream::Read first_bytes();
  // Does with them what needs no more waiting. True: the exchange is over.
  bool take(Result<Buffer>&& first);
  // Everything else, from wherever it stands, to the exchange's end.
  Task<void> go_on();

  bool is_over() const { return step_ == Step::over; }
  const Outcome& outcome() const { return outcome_; }
  // Of the answer's head; 0: there is none.
  std::uint16_t status() const { return head_.status; }
  // What the instance sent behind the 101 by which it switched.
  Buffer& behind_switch() { return input_; }

 private:
  enum class Step : std::uint8_t {
    request,  // is not all out
    head,     // of the answer: not all there
    interim,  // a 1xx is there
    body,     // a final head is there
    flush,    // all of the answer is there, and not all out
    over,
  };
  class Upload;

  void fail_with(const Error& error);
  void end_with(const Result<void>& sent);
  bool send_first(std::span<iovec> pieces);
  Step read_head();
  Step refuse_head();
  Step send_whole(const BodyPiece& body);
  std::optional<BodyPiece> whole_body();
  Task<Result<void>> send_rest();
  Task<void> rest_of_answer();
  Task<void> beside_upload();
  Task<Step> pass_interim();
  Task<void> stream_body();
  Task<void> gather();

  const ForwardedRequest& request_;
  UpstreamConnection& connection_;
  Stream& upstream_;  // its
  Outcome outcome_;
  Step step_ = Step::request;
  std::uint8_t interims_ = 0;
  bool continued_ = false;                 // the client has its 100
  Result<std::size_t> sent_ = 0UZ;         // of the request's first write
  Deadline deadline_ = Deadline::never();  // of the answer's head
  Buffer input_;
  BodyPiece first_;  // of Step::flush
  http::ResponseParser parser_;
  http::ResponseHead head_;
};

}  // namespace rota
