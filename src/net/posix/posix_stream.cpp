#include "net/posix/posix_stream.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace rota {
namespace {

// The calls of every read and write. Libc's wrappers are cancellation points, which costs each of them more than all else that we do around the call, and nobody
// here is ever cancelled. But the sanitizers know only those.
#ifdef ROTA_POOLS_OFF
ssize_t receive_from(int fd, std::span<char> into) { return ::recv(fd, into.data(), into.size(), 0); }
ssize_t send_to(int fd, const iovec& piece, int flags) { return ::send(fd, piece.iov_base, piece.iov_len, flags); }
ssize_t send_message(int fd, const msghdr& message, int flags) { return ::sendmsg(fd, &message, flags); }
#else
ssize_t receive_from(int fd, std::span<char> into) { return ::syscall(SYS_recvfrom, fd, into.data(), into.size(), 0, nullptr, nullptr); }
ssize_t send_to(int fd, const iovec& piece, int flags) {
  return ::syscall(SYS_sendto, fd, piece.iov_base, piece.iov_len, flags, nullptr, 0);
}
ssize_t send_message(int fd, const msghdr& message, int flags) { return ::syscall(SYS_sendmsg, fd, &message, flags); }
#endif

}  // namespace

PosixStream::PosixStream(Reactor& reactor, Fd fd, const Peer& peer) : Stream(reactor, peer), fd_(std::move(fd)) {}

std::unique_ptr<PosixStream> PosixStream::adopt_connecting(Reactor& reactor, Fd fd, const Peer& peer) {
  std::unique_ptr<PosixStream> stream(new PosixStream(reactor, std::move(fd), peer));
  reactor.attach(*stream);
  return stream;
}

std::unique_ptr<Stream> PosixStream::adopt(Reactor& reactor, Fd fd, const Peer& peer) {
  auto stream = adopt_connecting(reactor, std::move(fd), peer);
  stream->set_ready(Readiness::writable);
  return stream;
}

bool PosixStream::Connected::attempt() {
  int error = 0;
  socklen_t size = sizeof(error);
  result_ = ::getsockopt(stream_.fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
  return true;
}

PosixStream::~PosixStream() { reactor().detach(*this); }

void PosixStream::shutdown_write() { ::shutdown(fd_.get(), SHUT_WR); }

void PosixStream::reset_on_close() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

ssize_t PosixStream::receive(std::span<char> into) {
  for (;;) {
    const ssize_t count = receive_from(fd_.get(), into);
    if (count >= 0) [[likely]]
      return count;
    if (errno != EINTR) return -errno;
  }
}

ssize_t PosixStream::send(std::span<const iovec> pieces, Behind behind) {
  // Kept back by the kernel until the end that follows, or for 200 ms should it not: one packet less for each connection that ends with its answer.
  const int flags = MSG_NOSIGNAL | (behind == Behind::the_end ? MSG_MORE : 0);
  for (;;) {
    ssize_t count = 0;
    if (pieces.size() == 1) {
      count = send_to(fd_.get(), pieces.front(), flags);
    } else {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(pieces.data());
      message.msg_iovlen = pieces.size();
      count = send_message(fd_.get(), message, flags);
    }
    if (count >= 0) [[likely]]
      return count;
    if (errno != EINTR) return -errno;
  }
}

}  // namespace rota
