#include "address.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace load {
namespace {

[[noreturn]] void refuse(const std::string& text) {
  std::fprintf(stderr, "load-client: not an address: %s\n", text.c_str());
  std::exit(64);
}

}  // namespace

Address::Address(const std::string& text) {
  if (text.starts_with("unix:")) {
    sockaddr_un path{.sun_family = AF_UNIX, .sun_path = {}};
    if (text.size() - 5 >= sizeof path.sun_path) refuse(text);
    text.copy(path.sun_path, text.size() - 5, 5);
    std::memcpy(&address_, &path, size_ = sizeof path);
    return;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) refuse(text);
  const bool bracketed = text.starts_with('[') && colon > 1 && text[colon - 1] == ']';
  const std::string host = bracketed ? text.substr(1, colon - 2) : text.substr(0, colon), port = text.substr(colon + 1);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (port.empty() || getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) refuse(text);
  std::memcpy(&address_, found->ai_addr, size_ = found->ai_addrlen);
  freeaddrinfo(found);
}

int Address::connect(int& error) const {
  const int fd = socket(address_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    error = errno;
    return -1;
  }
  const int one = 1;
  if (address_.ss_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address_), size_) == 0 || errno == EINPROGRESS) return fd;
  error = errno;
  close(fd);
  return -1;
}

}  // namespace load
