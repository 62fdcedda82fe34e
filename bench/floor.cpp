// bench-floor: the yardstick. The least that a relay of HTTP requests can do in one thread with epoll; what a proxy costs beyond it is its
// own.
//
//   bench-floor --from 127.0.0.1:PORT --to 127.0.0.1:PORT [--to ...] [--buffer BYTES] [--splice BYTES]
//
// Per request: recv from the client up to the blank line, send it on as it is, recv the answer, find its Content-Length, send it back.
// --buffer is the most that one recv takes, 64 KiB if not said. With --splice, what of a body has not come with its head goes through a
// pipe of that size instead, and never into this process. Round robin over the --to addresses, whose connections are kept and reused. It
// validates nothing, rewrites nothing, knows no request bodies, no chunks and no deadlines, and closes what it does not understand: not
// for anything but the bench.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipe.h"

namespace {

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "bench-floor: %s\n", what.c_str());
  std::exit(1);
}

struct Target {
  sockaddr_in address{};
  std::vector<struct Peer*> idle;  // the newest last
};

// One socket: a client's, or one to an instance. While a request runs, the two that it connects point to each other.
struct Peer {
  int fd = -1;
  bool is_client = false;
  Peer* other = nullptr;
  Target* target = nullptr;  // of an upstream
  bool readable = false, writable = true;
  std::uint64_t left = 0;  // of the answer's body
  bool in_body = false;
  Pipe pipe;           // of an upstream, while it carries a body that is spliced
  std::string input;   // a head that has not come whole
  std::string output;  // what its socket did not take at once
};

struct Options {
  int listener = -1;
  std::vector<Target> targets;
  std::size_t buffer_bytes = 64 * 1024;
  std::size_t pipe_bytes = 0;  // 0: bodies are copied
};

class Relay {
 public:
  explicit Relay(Options options) : targets_(std::move(options.targets)), pipes_(options.pipe_bytes), buffer_(options.buffer_bytes) {
    listener_.fd = options.listener;
    watch(listener_, EPOLLIN);
  }

  void run(const sigset_t& signals, const volatile std::sig_atomic_t& stop) {
    std::array<epoll_event, 256> events;
    while (!stop) {
      const int count = epoll_pwait(epoll_, events.data(), static_cast<int>(events.size()), -1, &signals);
      for (int i = 0; i < count; ++i) happened(*static_cast<Peer*>(events[i].data.ptr), events[i].events);
      free_.insert(free_.end(), closed_.begin(), closed_.end());
      closed_.clear();
    }
  }

 private:
  void watch(Peer& peer, std::uint32_t what) {
    epoll_event event{.events = what, .data = {.ptr = &peer}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, peer.fd, &event) != 0) fail(std::string("epoll_ctl: ") + std::strerror(errno));
  }

  void happened(Peer& peer, std::uint32_t events) {
    if (&peer == &listener_) return accept_all();
    if (peer.fd < 0) return;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) return end(peer);
    if (events & EPOLLOUT) peer.writable = true;
    if (events & EPOLLIN) peer.readable = true;
    if (!peer.output.empty() && !drain(peer)) return;
    if (peer.is_client) {
      // A socket that takes bytes again lets the answer run on.
      if (peer.other && (peer.other->readable || peer.other->pipe.held > 0) && peer.output.empty()) return relay_answer(*peer.other);
      if (peer.readable && !peer.other) relay_request(peer);
    } else if (peer.readable && peer.other && peer.other->output.empty()) {
      relay_answer(peer);
    }
  }

  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      Peer& client = add(fd);
      client.is_client = true;
    }
  }

  Peer& add(int fd) {
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (free_.empty()) {
      all_.push_back(std::make_unique<Peer>());
      free_.push_back(all_.back().get());
    }
    Peer& peer = *free_.back();
    free_.pop_back();
    peer.fd = fd;
    watch(peer, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    return peer;
  }

  Peer* take_upstream() {
    Target& target = targets_[next_];
    next_ = next_ + 1 == targets_.size() ? 0 : next_ + 1;
    if (!target.idle.empty()) {
      Peer* peer = target.idle.back();
      target.idle.pop_back();
      return peer;
    }
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);  // blocks while it connects: once per connection, to the same host
    if (connect(fd, reinterpret_cast<const sockaddr*>(&target.address), sizeof target.address) != 0) {
      close(fd);
      return nullptr;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    Peer& peer = add(fd);
    peer.target = &target;
    return &peer;
  }

  void relay_request(Peer& client) {
    const ssize_t count = receive(client);
    if (count <= 0) return;
    std::string_view head(buffer_.data(), static_cast<std::size_t>(count));
    if (!client.input.empty() || !head.ends_with("\r\n\r\n")) {
      client.input.append(head);
      if (!client.input.ends_with("\r\n\r\n")) return;
      head = client.input;
    }
    Peer* upstream = take_upstream();
    if (!upstream) return end(client);
    client.other = upstream;
    upstream->other = &client;
    pass(*upstream, head);
    client.input.clear();
  }

  void relay_answer(Peer& upstream) {
    if (upstream.pipe.is_open()) return splice_answer(upstream);
    while (upstream.readable && upstream.other->output.empty()) {
      const ssize_t count = receive(upstream);
      if (count <= 0) return;
      std::string_view piece(buffer_.data(), static_cast<std::size_t>(count));
      if (!upstream.in_body) {
        const std::size_t end_of_head = piece.find("\r\n\r\n");
        const std::size_t length = piece.find("Content-Length: ");
        if (end_of_head == std::string_view::npos || length > end_of_head) return end(upstream);
        std::from_chars(piece.data() + length + 16, piece.data() + end_of_head, upstream.left);
        upstream.left += end_of_head + 4;
        upstream.in_body = true;
      }
      if (piece.size() > upstream.left) return end(upstream);
      upstream.left -= piece.size();
      Peer& client = *upstream.other;
      if (upstream.left == 0) {
        finish(upstream);
        pass(client, piece);
        return;
      }
      if (!pass(client, piece)) return;
      if (pipes_.are_wanted()) {
        const std::optional<Pipe> pipe = pipes_.take();
        if (!pipe) return end(upstream);
        upstream.pipe = *pipe;
        return client.output.empty() ? splice_answer(upstream) : void();
      }
    }
  }

  // What is left of a body behind the piece that came with its head. The pipe is filled when it is empty and poured out when it is not,
  // so "would block" is always about the socket. A short fill says nothing about the socket, unlike a short recv: pages run out first.
  void splice_answer(Peer& upstream) {
    Peer& client = *upstream.other;
    for (;;) {
      while (upstream.pipe.held > 0) {
        if (upstream.pipe.pour(client.fd) > 0) continue;
        if (errno != EAGAIN) return end(client);
        client.writable = false;
        return;
      }
      if (upstream.left == 0) return finish(upstream);
      if (!upstream.readable) return;
      const ssize_t count = upstream.pipe.fill(upstream.fd, upstream.left);
      if (count == 0 || (count < 0 && errno != EAGAIN)) return end(upstream);
      upstream.readable = count > 0;
      if (count > 0) upstream.left -= static_cast<std::uint64_t>(count);
    }
  }

  // The answer has been read whole. Its connection waits for the next request.
  void finish(Peer& upstream) {
    pipes_.give_back(upstream.pipe);
    upstream.in_body = false;
    upstream.other->other = nullptr;
    upstream.other = nullptr;
    upstream.target->idle.push_back(&upstream);
  }

  // A short read says that the socket is empty: no further call to hear EAGAIN. Ends the peer where nothing can come any more.
  ssize_t receive(Peer& peer) {
    const ssize_t count = recv(peer.fd, buffer_.data(), buffer_.size(), 0);
    if (count < static_cast<ssize_t>(buffer_.size())) peer.readable = false;
    if (count == 0 || (count < 0 && errno != EAGAIN)) end(peer);
    return count;
  }

  // False: the peer is gone. What its socket does not take now is kept until it does.
  bool pass(Peer& peer, std::string_view bytes) {
    const ssize_t count = send(peer.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count == static_cast<ssize_t>(bytes.size())) return true;
    if (count < 0 && errno != EAGAIN) return end(peer), false;
    peer.writable = false;
    peer.output.assign(bytes.substr(count < 0 ? 0 : static_cast<std::size_t>(count)));
    return true;
  }

  bool drain(Peer& peer) {
    if (!peer.writable) return true;
    const std::string rest = std::exchange(peer.output, {});
    return pass(peer, rest);
  }

  void end(Peer& peer) {
    if (peer.fd < 0) return;
    if (peer.target && !peer.other) std::erase(peer.target->idle, &peer);
    close(peer.fd);
    pipes_.give_back(peer.pipe);
    Peer* other = peer.other;
    peer = Peer{};
    closed_.push_back(&peer);
    if (!other) return;
    other->other = nullptr;
    end(*other);
  }

  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  Peer listener_;
  std::vector<Target> targets_;
  std::size_t next_ = 0;
  std::vector<std::unique_ptr<Peer>> all_;
  std::vector<Peer*> free_, closed_;
  Pipes pipes_;
  std::vector<char> buffer_;
};

sockaddr_in parse_address(std::string_view text) {
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
  const std::size_t colon = text.find(':');
  std::uint16_t port = 0;
  if (colon == std::string_view::npos || inet_pton(AF_INET, std::string(text.substr(0, colon)).c_str(), &address.sin_addr) != 1 ||
      std::from_chars(text.data() + colon + 1, text.data() + text.size(), port).ptr != text.data() + text.size()) {
    fail("not an address: " + std::string(text));
  }
  address.sin_port = htons(port);
  return address;
}

std::size_t parse_bytes(std::string_view text) {
  std::size_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error != std::errc{} || end != text.data() + text.size() || bytes == 0 || bytes > 1 << 30) fail("not a size: " + std::string(text));
  return bytes;
}

int listen_at(const sockaddr_in& address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd, 4096) != 0) {
    fail(std::string("cannot listen: ") + std::strerror(errno));
  }
  return fd;
}

volatile std::sig_atomic_t stop_asked = 0;

// TERM and INT arrive only while epoll waits.
sigset_t catch_signals() {
  sigset_t ours, before;
  sigemptyset(&ours);
  sigaddset(&ours, SIGTERM);
  sigaddset(&ours, SIGINT);
  sigprocmask(SIG_BLOCK, &ours, &before);
  struct sigaction action{};
  action.sa_handler = [](int) { stop_asked = 1; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // splice cannot be told otherwise
  return before;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view flag = argv[i];
    if (i + 1 == argc) fail("lacks its value: " + std::string(flag));
    const std::string_view value = argv[i + 1];
    if (flag == "--from") {
      options.listener = listen_at(parse_address(value));
    } else if (flag == "--to") {
      options.targets.push_back({.address = parse_address(value), .idle = {}});
    } else if (flag == "--buffer") {
      options.buffer_bytes = parse_bytes(value);
    } else if (flag == "--splice") {
      options.pipe_bytes = parse_bytes(value);
    } else {
      fail("unknown: " + std::string(flag));
    }
  }
  if (options.listener < 0 || options.targets.empty()) fail("--from ADDRESS --to ADDRESS [--to ...] [--buffer BYTES] [--splice BYTES]");
  const sigset_t signals = catch_signals();
  std::make_unique<Relay>(std::move(options))->run(signals, stop_asked);
}
