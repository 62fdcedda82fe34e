#include "net/posix/posix_listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "net/posix/posix_stream.h"
#include "net/posix/socket_address.h"
#include "net/posix/unsent.h"
#include "runtime/wait.h"

namespace rota {
namespace {

constexpr int kBacklog = 4096;  // the kernel takes less where net.core.somaxconn says so

std::string cannot_listen(const Address& address, int system) {
  if (system == EADDRINUSE) return fmt::format("cannot listen on {}: the address is in use by another process", address.text());
  return fmt::format("cannot listen on {}: {}", address.text(), std::strerror(system));
}

void set_on(int fd, int level, int option) {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof(on));
}

bool is_socket_file(const std::string& path) {
  struct stat file{};
  return ::lstat(path.c_str(), &file) == 0 && S_ISSOCK(file.st_mode);
}

// A socket file that nobody answers on was left behind by a process that died: it is removed. One that answers, or is too busy to, is in use; and what
// is no socket is nothing of ours.
void remove_stale(const SocketAddress& address, const std::string& path) {
  if (!is_socket_file(path)) return;
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (probe && ::connect(probe.get(), address.data(), address.size) != 0 && errno == ECONNREFUSED) ::unlink(path.c_str());
}

// `shared`: others of this process listen there already. Otherwise it must be nobody else's.
std::expected<Fd, int> open_one(const SocketAddress& address, bool shared) {
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return std::unexpected(errno);
  if (address.family() != AF_UNIX) {
    set_on(fd.get(), SOL_SOCKET, SO_REUSEADDR);  // past connections in TIME_WAIT do not count
    if (shared) set_on(fd.get(), SOL_SOCKET, SO_REUSEPORT);
    set_on(fd.get(), IPPROTO_TCP, TCP_NODELAY);  // both are handed down to what is accepted
    set_on(fd.get(), SOL_SOCKET, SO_OOBINLINE);  // urgent bytes are bytes like any other
    keep_little_unsent(fd.get());
  }
  if (::bind(fd.get(), address.data(), address.size) != 0) return std::unexpected(errno);
  if (::listen(fd.get(), kBacklog) != 0) return std::unexpected(errno);
  if (address.family() != AF_UNIX && !shared)
    set_on(fd.get(), SOL_SOCKET, SO_REUSEPORT);  // now that it is ours, the other workers may join
  return fd;
}

}  // namespace

std::expected<ListenSockets, std::string> open_listen_sockets(const Address& address, std::size_t count) {
  ListenSockets opened{.address = address, .sockets = {}};
  SocketAddress at(address);
  if (at.family() == AF_UNIX) remove_stale(at, address.host);
  auto first = open_one(at, false);
  if (!first) return std::unexpected(cannot_listen(address, first.error()));
  if (at.family() != AF_UNIX && address.port == 0) {
    ::getsockname(first->get(), at.data(), &at.size);
    opened.address.port = at.port();
  }
  opened.sockets.push_back(std::move(*first));
  while (opened.sockets.size() < count) {
    if (at.family() == AF_UNIX) {
      opened.sockets.emplace_back(::fcntl(opened.sockets.front().get(), F_DUPFD_CLOEXEC, 0));
      continue;
    }
    auto next = open_one(at, true);
    if (!next) return std::unexpected(cannot_listen(opened.address, next.error()));
    opened.sockets.push_back(std::move(*next));
  }
  return opened;
}

void remove_socket_file(const Address& address) {
  if (address.family == Address::Family::unix_path && is_socket_file(address.host)) ::unlink(address.host.c_str());
}

PosixListener::PosixListener(Reactor& reactor, Fd socket) : reactor_(reactor), socket_(std::move(socket)) {}

Result<std::unique_ptr<Listener>> PosixListener::adopt(Reactor& reactor, Fd socket) {
  std::unique_ptr<PosixListener> listener(new PosixListener(reactor, std::move(socket)));
  reactor.attach(*listener);
  if (!listener->enlist()) return fail(ErrorCode::io, Blame::us, errno);
  return listener;
}

PosixListener::~PosixListener() { reactor_.detach(*this); }

class PosixListener::Arrival final : public Wait {
 public:
  Arrival(PosixListener& listener, Stop& stop) : Wait(listener.reactor_, listener), listener_(listener), stop_on_(stop) {}
  bool await_ready() {
    // What is still queued when the stop is requested is accepted all the same: its client has been told that it is connected.
    if (listener_.is(Readiness::readable) && attempt()) return true;
    return must_not_begin(Deadline::never(), &stop_on_);
  }
  void await_suspend(std::coroutine_handle<> waiting) { suspend(waiting, For::reading, Deadline::never(), &stop_on_); }
  Result<Fd> await_resume() { return std::move(result_); }
  const Peer& peer() const { return peer_; }

 private:
  bool attempt() override {
    for (;;) {
      SocketAddress from;
      Fd fd(::accept4(listener_.socket_.get(), from.data(), &from.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (fd) {
        peer_ = from.peer();
        result_ = std::move(fd);
        return true;
      }
      switch (errno) {
        case EAGAIN:
          listener_.clear_ready(Readiness::readable);
          return false;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
          result_ = fail(ErrorCode::out_of_fds, Blame::us, errno);
          return true;
        case EBADF:
        case EINVAL:
        case ENOTSOCK:
          result_ = fail(ErrorCode::io, Blame::us, errno);
          return true;
        default:
          break;  // that one connection went wrong before it was ours (ECONNABORTED and the like): the next one, please
      }
    }
  }
  void end(Error why) override { result_ = std::unexpected(why); }

  PosixListener& listener_;
  Stop& stop_on_;
  Peer peer_;
  Result<Fd> result_;
};

Task<Result<std::unique_ptr<Stream>>> PosixListener::accept(Stop& stop) {
  Arrival arrival(*this, stop);
  Result<Fd> fd = co_await arrival;
  if (!fd && fd.error().code == ErrorCode::stopped) {
    // Whoever is queued by now has been told that he is connected, even where no event has told us: the queue is looked into once more.
    set_ready(Readiness::readable);
    fd = co_await arrival;
  }
  if (!fd) co_return std::unexpected(fd.error());
  std::unique_ptr<Stream> stream = PosixStream::adopt(reactor_, std::move(*fd), arrival.peer());
  stream->set_ready(Readiness::readable);  // who connects speaks first: worth a try before the kernel is asked to tell
  co_return stream;
}

}  // namespace rota
