// Listening sockets. Each worker has its own on the same address (SO_REUSEPORT), so that the kernel spreads connections and no worker waits for
// another; a unix socket is shared by all.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "net/address.h"
#include "net/listener.h"
#include "net/posix/fd.h"

namespace rota {

struct ListenSockets {
  Address address;          // with the port that was got, where 0 was asked for
  std::vector<Fd> sockets;  // one a worker
};

// Opens `count` sockets on `address`. The first is bound without SO_REUSEPORT: a second rota on the same port fails, instead of silently taking half
// of the connections. The error says which address and why.
std::expected<ListenSockets, std::string> open_listen_sockets(const Address& address, std::size_t count);

// Of an address that was listened on; nothing where it has none.
void remove_socket_file(const Address& address);

class PosixListener final : public Listener, private Pollable {
 public:
  // `socket` listens and is non-blocking. Fails where epoll does.
  static Result<std::unique_ptr<Listener>> adopt(Reactor& reactor, Fd socket);
  ~PosixListener() override;

  Task<Result<std::unique_ptr<Stream>>> accept(Stop& stop) override;

 private:
  class Arrival;
  PosixListener(Reactor& reactor, Fd socket);
  bool enlist_now() override { return reactor_.enlist(*this, socket_.get()); }

  Reactor& reactor_;
  Fd socket_;
};

}  // namespace rota
