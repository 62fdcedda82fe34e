// Notices that a client has gone while its answer is being made, so that its instance need not go on with it.
// A reset is certain. An end (FIN) is not: a client may close one direction and still want its answer (RFC 9112 section 9.6), and nothing but sending
// tells it from one that closed both. So kPatience after an end is noticed, a few bytes are sent that mean nothing to whoever listens, and that a
// closed socket answers with a reset. Which bytes those are depends on where in the answer we are. docs/decisions/0002 has the whole story.
#pragma once

#include <string_view>

#include "net/stream.h"
#include "runtime/stop.h"
#include "runtime/timers.h"

namespace rota {

class ClientWatch final : private Watcher, private Timer {
 public:
  static constexpr Duration kPatience = std::chrono::milliseconds{50};
  // Most requests are answered before this; a connection that serves one alone is then never enlisted.
  static constexpr Duration kUnwatched = std::chrono::milliseconds{10};
  // Before an answer begins: an interim response, which a client of HTTP/1.1 passes over.
  static constexpr std::string_view kBeforeAnswer = "HTTP/1.1 100 Continue\r\n\r\n";
  // Between two chunks: a leading zero of the next one's size (RFC 9112 section 7.1).
  static constexpr std::string_view kBetweenChunks = "0";

  explicit ClientWatch(Stream& stream) : stream_(stream) {}
  ~ClientWatch() { end(); }

  void begin(Stop& stop);
  void end();
  // All of the request has been read: an end that is noticed now is the client's last word, and not a body cut short.
  void request_is_read();
  // What may be sent from now on to find out; empty: nothing, because a write is under way, which will find out by itself.
  void may_send(std::string_view probe) {
    probe_ = probe;
    zero_is_out_ = false;
  }
  // The last that was sent is the beginning of a chunk's size: an end behind it could pass for the last chunk.
  bool zero_is_out() const { return zero_is_out_; }

 private:
  void noticed(std::uint8_t readiness) override;
  void expired() override;

  Stream& stream_;
  Stop* stop_ = nullptr;
  std::string_view probe_;
  bool zero_is_out_ = false;
  bool read_ = false;
  bool ended_ = false;  // the client's end has been noticed; the timer is set for the probe, and before that for kUnwatched
};

}  // namespace rota
