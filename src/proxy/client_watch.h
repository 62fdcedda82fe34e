// Notices that a client has gone while its answer is being made, so that its instance need not go on with it.
// A reset is certain. An end (FIN) is not: a client may close one direction and still want its answer (RFC 9112 section 9.6), and nothing but sending
// tells it from one that closed both. So when an answer takes longer than kPatience after the end, an HTTP/1.1 client is sent one interim
// "100 Continue", which whoever listens must pass over and a closed socket answers with a reset. docs/decisions/0002 has the whole story.
#pragma once

#include "net/stream.h"
#include "runtime/stop.h"
#include "runtime/timers.h"

namespace rota {

class ClientWatch final : private Watcher, private Timer {
 public:
  static constexpr Duration kPatience = std::chrono::milliseconds{50};

  // `may_probe`: the client understands interim responses.
  ClientWatch(Stream& stream, bool may_probe) : stream_(stream), may_probe_(may_probe) {}
  ~ClientWatch() { end(); }

  void begin(Stop& stop);
  void end();
  // All of the request has been read: an end that is noticed now is the client's last word, and not a body cut short.
  void request_is_read();
  // The answer has begun: no probe may come into it, and an end from here on means that nobody reads it.
  void answer_begins();

 private:
  void noticed(std::uint8_t readiness) override;
  void expired() override;
  void consider(std::uint8_t readiness);

  Stream& stream_;
  Stop* stop_ = nullptr;
  bool may_probe_;
  bool read_ = false;
  bool half_closed_ = false;
  bool answering_ = false;
};

}  // namespace rota
