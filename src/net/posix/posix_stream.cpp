#include "net/posix/posix_stream.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace rota {
namespace {

// The calls of every read and write, which return a negative errno. Libc's wrappers are cancellation points, which costs each of them more than all
// else that we do around the call, and nobody here is ever cancelled. But the sanitizers know only those.
#if defined(__x86_64__) && !defined(ROTA_POOLS_OFF)
ssize_t call(long number, long fd, const void* what, std::size_t size, long flags) {
  register long r10 __asm__("r10") = flags;
  register long r8 __asm__("r8") = 0;  // no address, in recvfrom and sendto
  register long r9 __asm__("r9") = 0;
  long result = 0;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(fd), "S"(what), "d"(size), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
ssize_t receive_from(int fd, std::span<char> into) { return call(SYS_recvfrom, fd, into.data(), into.size(), 0); }
ssize_t send_to(int fd, const iovec& piece, int flags) { return call(SYS_sendto, fd, piece.iov_base, piece.iov_len, flags); }
ssize_t send_message(int fd, const msghdr& message, int flags) {
  return call(SYS_sendmsg, fd, &message, static_cast<std::size_t>(flags), 0);
}
#else
ssize_t or_error(ssize_t result) { return result < 0 ? -errno : result; }
ssize_t receive_from(int fd, std::span<char> into) { return or_error(::recv(fd, into.data(), into.size(), 0)); }
ssize_t send_to(int fd, const iovec& piece, int flags) { return or_error(::send(fd, piece.iov_base, piece.iov_len, flags)); }
ssize_t send_message(int fd, const msghdr& message, int flags) { return or_error(::sendmsg(fd, &message, flags)); }
#endif

// Not inlined, as it has a frame of its own.
[[gnu::noinline]] ssize_t send_pieces(int fd, std::span<const iovec> pieces, int flags) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  return send_message(fd, message, flags);
}

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
    if (count != -EINTR) [[likely]]
      return count;
  }
}

ssize_t PosixStream::send(std::span<const iovec> pieces, Behind behind) {
  // Kept back by the kernel until the end that follows, or for 200 ms should it not: one packet less for each connection that ends with its answer.
  const int flags = MSG_NOSIGNAL | (behind == Behind::the_end ? MSG_MORE : 0);
  for (;;) {
    const ssize_t count = pieces.size() == 1 ? send_to(fd_.get(), pieces.front(), flags) : send_pieces(fd_.get(), pieces, flags);
    if (count != -EINTR) [[likely]]
      return count;
  }
}

}  // namespace rota
