// The test instance's command line, and the sockets that it asks for. What cannot be had ends the program with one line.
#pragma once

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "instance_answer.h"
#include "instance_request.h"

namespace instance {

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "test-instance: %s\n", what.c_str());
  std::exit(1);
}

struct Options {
  std::vector<std::string> listen;
  std::string name = "instance", log, body{kDefaultBody};
  std::string type = "application/json";
};

inline Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view flag = argv[i];
    if (i + 1 == argc) fail("what does " + std::string(flag) + " say?");
    const std::string value = argv[i + 1];
    std::size_t size = 0;
    if (flag == "--listen") {
      options.listen.push_back(value);
    } else if (flag == "--name") {
      options.name = value;
    } else if (flag == "--log") {
      options.log = value;
    } else if (flag == "--answer") {
      options.body = value;
      options.type = kText;
    } else if (flag == "--body" && parse_number(value, size)) {
      options.body.assign(size, 'x');
      options.type = kText;
    } else {
      fail("unknown: " + std::string(flag) + " " + value);
    }
  }
  if (options.listen.empty()) fail("--listen ADDRESS is missing");
  return options;
}

inline int listen_unix(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path) fail("path too long: " + path);
  path.copy(address.sun_path, path.size());
  unlink(path.c_str());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("cannot bind " + path + ": " + std::strerror(errno));
  return fd;
}

inline int listen_tcp(const std::string& host, const std::string& port, const std::string& text) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) fail("not an address: " + text);
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, found->ai_addr, found->ai_addrlen) != 0) fail("cannot bind " + text + ": " + std::strerror(errno));
  freeaddrinfo(found);
  return fd;
}

// The port the kernel chose, where it was asked to.
inline unsigned bound_port(int fd) {
  sockaddr_in6 address{};  // sin_port and sin6_port are at the same place
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin6_port);
}

inline int listen_at(const std::string& text) {
  int fd = -1;
  if (text.starts_with("unix:")) {
    fd = listen_unix(text.substr(5));
  } else {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) fail("not an address: " + text);
    const std::string host = text.substr(0, colon), port = text.substr(colon + 1);
    fd = listen_tcp(host.starts_with('[') ? host.substr(1, host.size() - 2) : host, port, text);
    if (port == "0") std::printf("%s:%u\n", host.c_str(), bound_port(fd));
  }
  if (listen(fd, 4096) != 0) fail("cannot listen on " + text + ": " + std::strerror(errno));
  return fd;
}

}  // namespace instance
