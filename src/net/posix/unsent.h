// How much a socket may hold that the network has not taken yet. By itself the kernel takes megabytes, and says that there is room again only when a third
// of them is gone: a slow reader that never stops would look like one that has, and each would cost the kernel that much memory.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace rota {

// For a listener too, which hands it down. A reader of more than 128 KiB in a stall's time is never taken for one that has stopped.
inline void keep_little_unsent(int fd) {
  constexpr int kMost = 256 * 1024;  // there is room again from the half of it on
  ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kMost, sizeof(kMost));
}

}  // namespace rota
