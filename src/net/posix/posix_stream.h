// A connected socket, TCP or unix.
#pragma once

#include <memory>

#include "net/posix/fd.h"
#include "net/stream.h"

namespace rota {

class PosixStream final : public Stream {
 public:
  // Takes over `fd`, connected and non-blocking.
  static std::unique_ptr<Stream> adopt(Reactor& reactor, Fd fd, const Peer& peer);
  // The same for a socket whose connect() is under way: co_await Connected before anything else.
  static std::unique_ptr<PosixStream> adopt_connecting(Reactor& reactor, Fd fd, const Peer& peer);
  // Completes with 0, or with the errno that connecting ended with; where the wait itself ended, with its error.
  class Connected;
  ~PosixStream() override;

  void shutdown_write() override;
  void reset_on_close() override;

 private:
  PosixStream(Reactor& reactor, Fd fd, const Peer& peer);
  bool enlist_now() override { return reactor().enlist(*this, fd_.get()); }
  ssize_t receive(std::span<char> into) override;
  ssize_t send(std::span<const iovec> pieces, Behind behind) override;

  Fd fd_;
};

class PosixStream::Connected final : public Wait {
 public:
  Connected(PosixStream& stream, Deadline deadline, Stop* stop)
      : Wait(stream.reactor(), stream), stream_(stream), deadline_(deadline), stop_on_(stop) {}
  bool await_ready() { return must_not_begin(deadline_, stop_on_); }
  void await_suspend(std::coroutine_handle<> waiting) { suspend(waiting, For::writing, deadline_, stop_on_); }
  Result<int> await_resume() { return result_; }

 private:
  bool attempt() override;
  void end(Error why) override { result_ = std::unexpected(why); }

  PosixStream& stream_;
  Deadline deadline_;
  Stop* stop_on_;
  Result<int> result_;
};

}  // namespace rota
