// Where the requests go: an address that was read once, and new sockets to it. A text that is none ends the program.
#pragma once

#include <sys/socket.h>

#include <string>

namespace load {

class Address {
 public:
  explicit Address(const std::string& text);

  // A socket that is connected or connecting, without blocking; -1 and `error` where that failed at once.
  int connect(int& error) const;

 private:
  sockaddr_storage address_{};
  socklen_t size_ = 0;
};

}  // namespace load
