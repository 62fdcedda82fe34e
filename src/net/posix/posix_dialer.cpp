#include "net/posix/posix_dialer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/posix/fd.h"
#include "net/posix/posix_stream.h"
#include "net/posix/socket_address.h"
#include "net/posix/unsent.h"

namespace rota {
namespace {

Error connect_error(int system) {
  switch (system) {
    case ECONNREFUSED:
    case ENOENT:  // a unix socket that is not there
    case EAGAIN:  // a unix socket whose queue is full
      return {.code = ErrorCode::refused, .blame = Blame::upstream, .system = system};
    case ETIMEDOUT:
      return {.code = ErrorCode::timed_out, .blame = Blame::upstream, .system = system};
    case EMFILE:
    case ENFILE:
      return {.code = ErrorCode::out_of_fds, .blame = Blame::us, .system = system};
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EACCES:
    case EPERM:
      return {.code = ErrorCode::unreachable, .blame = Blame::upstream, .system = system};
    default:
      return {.code = ErrorCode::io, .blame = Blame::us, .system = system};
  }
}

}  // namespace

Task<Result<std::unique_ptr<Stream>>> PosixDialer::dial(const Address& address, Deadline deadline, Stop* stop) {
  const SocketAddress to(address);
  Fd fd(::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) co_return std::unexpected(connect_error(errno));
  if (to.family() != AF_UNIX) {
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(fd.get(), SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));  // as for what is accepted
    keep_little_unsent(fd.get());
  }
  const bool connected = ::connect(fd.get(), to.data(), to.size) == 0;
  if (!connected && errno != EINPROGRESS) co_return std::unexpected(connect_error(errno));
  if (connected) co_return PosixStream::adopt(reactor_, std::move(fd), to.peer());

  std::unique_ptr<PosixStream> stream = PosixStream::adopt_connecting(reactor_, std::move(fd), to.peer());
  const Result<int> ended = co_await PosixStream::Connected(*stream, deadline, stop);
  if (!ended) co_return std::unexpected(ended.error());
  if (*ended != 0) co_return std::unexpected(connect_error(*ended));
  co_return std::move(stream);
}

}  // namespace rota
