// Hop three: a request on its way to an instance that can take it, and to the next one where that is safe. Finds route and instance, keeps the attempts, and answers by
// itself where nobody else does.
//
// Nearly every request needs no waiting but for its answer, and then there is no coroutine but the caller's:
//   begin(), take() what first_bytes() completes with, and go_on() where either says that this was not all.
#pragma once

#include <memory>
#include <optional>

#include "proxy/attempts.h"
#include "proxy/client_stream.h"
#include "proxy/exchange.h"
#include "proxy/replay.h"

namespace rota {

class Worker;

class Forwarding {
 public:
  // All of these outlive it. Whatever has to end the request requests `stop`.
  Forwarding(Worker& worker, ClientStream& client, Stop& stop) : request_{.worker = worker, .client = client, .stop = stop} {}
  Forwarding(const Forwarding&) = delete;
  Forwarding& operator=(const Forwarding&) = delete;
  [[gnu::always_inline]] ~Forwarding() {}  // there is one place where it ends, and it has a dozen members

  // Route, instance, an open connection, and the whole request out on it. True: nothing is left but the wait for first_bytes().
  bool begin();
  Stream::Read first_bytes() { return exchange_->first_bytes(); }
  // Does with them what needs no more waiting. True: the request is over.
  bool take(Result<Buffer>&& first);
  // Everything else, from wherever it stands, to the request's end.
  Task<void> go_on();

 private:
  // Ends a request whose answer has not begun when timeouts.request is over. Whose fault that is depends on who was waited for.
  class RequestTimer final : private Timer {
   public:
    RequestTimer(ClientStream& client, Reactor& reactor, Duration limit, Stop& stop) : client_(client), stop_(stop) {
      const Deadline deadline = Deadline::after(reactor.now(), limit);
      if (!deadline.is_never()) reactor.timers().set(*this, deadline.point());
    }

   private:
    void expired() override;
    ClientStream& client_;
    Stop& stop_;
  };

  bool refuse(const Error& why);
  void note(const Instance* instance);
  bool find_connection();
  bool send();
  bool settle();
  void put_back();
  bool goes_on();
  Task<bool> connect();
  Task<void> tunnel();
  Task<void> conclude(const Error& error);

  ForwardedRequest request_;
  std::optional<Error> refused_;  // before anybody was asked
  Buffer head_;                   // of the request
  std::unique_ptr<Replay> replay_;
  std::optional<RequestTimer> timer_;
  std::optional<Attempts> attempts_;
  const Instance* instance_ = nullptr;  // of the attempt under way
  bool anew_ = false;                   // the same one once more, by a new connection
  std::unique_ptr<UpstreamConnection> connection_;
  std::optional<Exchange> exchange_;
};

}  // namespace rota
