// A two-way flow of bytes whose waiting calls are shaped as completions: a read hands over a buffer that already holds bytes, so that who waits holds
// none. TCP and unix sockets, in-memory pipes, later TLS. One reader and one writer at a time, on the thread of its Reactor.
#pragma once

#include <sys/uio.h>

#include <cerrno>
#include <span>

#include "base/deadline.h"
#include "base/error.h"
#include "net/peer.h"
#include "runtime/buffer_pool.h"
#include "runtime/pollable.h"
#include "runtime/reactor.h"
#include "runtime/wait.h"

namespace rota {

class Stream : public Pollable {
 public:
  class Read;
  class ReadMore;
  class Write;

  virtual ~Stream() = default;

  // Waits for bytes and completes with a buffer of `pool` that holds some. The end is an error: end_of_stream. Others: timed_out, reset, whatever
  // the Stop was requested with.
  Read read(BufferPool& pool, Deadline deadline, Stop* stop = nullptr);
  // What is there now, without waiting: an empty-handed Buffer where nothing is. Errors as read()'s.
  Result<Buffer> read_now(BufferPool& pool);
  // The same into the space of `buffer`, which is not empty. Completes with how many came.
  ReadMore read_more(Buffer& buffer, Deadline deadline, Stop* stop = nullptr);
  // What comes behind a write: more, some time; or at once the end, which can then go in the same packet.
  enum class Behind : bool { anything, the_end };
  // Writes all of `pieces`, which it uses up; they and their bytes stay until it completes. After an error some of it may have been sent.
  Write write(std::span<iovec> pieces, Deadline deadline, Stop* stop = nullptr, Behind behind = Behind::anything);

  // The same as far as it goes without waiting, by one call: how many bytes, of which `pieces` is then free. What is left of it is for write().
  // Errors: reset, timed_out, io.
  Result<std::size_t> write_now(std::span<iovec>& pieces, Behind behind = Behind::anything);

  // Sends what fits at once and forgets the rest. How much it was. Errors: reset, io.
  Result<std::size_t> write_without_waiting(std::string_view text);
  // No more is written from here; the peer sees the end.
  virtual void shutdown_write() = 0;
  // When it is closed, the peer sees a reset instead of an end.
  virtual void reset_on_close() = 0;

  Reactor& reactor() const { return reactor_; }
  const Peer& peer() const { return peer_; }

 protected:
  Stream(Reactor& reactor, const Peer& peer) : reactor_(reactor), peer_(peer) {}

  // Without waiting: the count, 0 at the end, or a negative errno (-EAGAIN: nothing now).
  virtual ssize_t receive(std::span<char> into) = 0;
  virtual ssize_t send(std::span<const iovec> pieces, Behind behind) = 0;

 private:
  // receive(), and what it says about readiness. 0: nothing is there now; the end is an error.
  Result<std::size_t> receive_now(std::span<char> into);

  Reactor& reactor_;
  Peer peer_;
};

class Stream::Read final : public Wait {
 public:
  Read(Stream& stream, BufferPool& pool, Deadline deadline, Stop* stop)
      : Wait(stream.reactor_, stream), stream_(stream), pool_(pool), deadline_(deadline), stop_on_(stop) {}
  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiting) { suspend(waiting, For::reading, deadline_, stop_on_); }
  Result<Buffer> await_resume() { return std::move(result_); }

 private:
  bool attempt() override;
  void end(Error why) override { result_ = std::unexpected(why); }

  Stream& stream_;
  BufferPool& pool_;
  Deadline deadline_;
  Stop* stop_on_;
  Result<Buffer> result_;
};

class Stream::ReadMore final : public Wait {
 public:
  ReadMore(Stream& stream, Buffer& buffer, Deadline deadline, Stop* stop)
      : Wait(stream.reactor_, stream), stream_(stream), buffer_(buffer), deadline_(deadline), stop_on_(stop) {}
  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiting) { suspend(waiting, For::reading, deadline_, stop_on_); }
  Result<std::size_t> await_resume() { return result_; }

 private:
  bool attempt() override;
  void end(Error why) override { result_ = std::unexpected(why); }

  Stream& stream_;
  Buffer& buffer_;
  Deadline deadline_;
  Stop* stop_on_;
  Result<std::size_t> result_;
};

class Stream::Write final : public Wait {
 public:
  Write(Stream& stream, std::span<iovec> pieces, Deadline deadline, Stop* stop, Behind behind)
      : Wait(stream.reactor_, stream), stream_(stream), pieces_(pieces), behind_(behind), deadline_(deadline), stop_on_(stop) {}
  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiting) { suspend(waiting, For::writing, deadline_, stop_on_); }
  Result<void> await_resume() { return result_; }
  // Some of it went out, even where it then failed.
  bool has_sent() const { return has_sent_; }

 private:
  bool attempt() override;
  void end(Error why) override { result_ = std::unexpected(why); }

  Stream& stream_;
  std::span<iovec> pieces_;
  bool has_sent_ = false;
  Behind behind_;
  Deadline deadline_;
  Stop* stop_on_;
  Result<void> result_;
};

inline Stream::Read Stream::read(BufferPool& pool, Deadline deadline, Stop* stop) { return {*this, pool, deadline, stop}; }
inline Stream::ReadMore Stream::read_more(Buffer& buffer, Deadline deadline, Stop* stop) { return {*this, buffer, deadline, stop}; }
inline Stream::Write Stream::write(std::span<iovec> pieces, Deadline deadline, Stop* stop, Behind behind) {
  return {*this, pieces, deadline, stop, behind};
}

// What is left of `pieces` behind their first `count` bytes.
std::span<iovec> without_front(std::span<iovec> pieces, std::size_t count);

inline iovec piece(std::string_view text) { return {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()}; }

}  // namespace rota
