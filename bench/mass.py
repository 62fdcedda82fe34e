"""Clients as nobody wants them, for the story hostile: heads that drip, answers that nobody reads, connections that rest, and a flood
of connections that say half a line and reset. Run as a program of its own, at little CPU: `mass.py PORT`. It says `ready` when all are
there, and, when its stdin ends, what it had.

What the proxy closes is opened again, so that as many are there from the first moment to the last.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass, field

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
TICK = 0.02  # seconds
FLOOD_A_TICK = 10
RESET = struct.pack("ii", 1, 0)


@dataclass
class Kind:
    """So many connections that say `first`. Where `drips`, each says another byte once in so many seconds."""

    name: str
    count: int
    first: bytes
    drips: float = 0
    connections: list[socket.socket] = field(default_factory=list)
    opened: int = 0
    next_drip: int = 0

    def open_missing(self, port: int) -> None:
        while len(self.connections) < self.count:
            self.connections.append(connect(port, self.first))
            self.opened += 1

    def drip(self) -> None:
        """In turn, a share in each tick."""
        if not self.drips:
            return
        for _ in range(int(self.count * TICK / self.drips)):
            self.next_drip = (self.next_drip + 1) % self.count
            try:
                self.connections[self.next_drip].send(b"y")
            except OSError:
                pass  # closed: it is looked for in drop_closed()

    def drop_closed(self) -> None:
        """A reader of nothing is closed where its peer has reset it; its bytes are left where they are."""
        poll = select.poll()
        for connection in self.connections:
            poll.register(connection, select.POLLRDHUP)
        closed = {fd for fd, _ in poll.poll(0)}
        for connection in self.connections:
            if connection.fileno() in closed:
                connection.close()
        self.connections = [connection for connection in self.connections if connection.fileno() >= 0]


def connect(port: int, first: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(first)
    return connection


def flood(port: int) -> None:
    connection = connect(port, b"GET /")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


def main(port: int) -> None:
    kinds = [
        Kind("heads that drip", 500, b"GET / HTTP/1.1\r\nHost: a\r\nX: ", drips=2),
        Kind("answers not read", 200, b"GET /bytes/600000 HTTP/1.1\r\nHost: a\r\n\r\n"),
        Kind("resting", 1000, GET),
    ]
    for kind in kinds:
        kind.open_missing(port)
    print("ready", flush=True)
    began, flooded, ticks = time.monotonic(), 0, 0
    while not select.select([sys.stdin], [], [], max(0.0, began + ticks * TICK - time.monotonic()))[0]:
        ticks += 1
        for kind in kinds:
            kind.drip()
            if ticks % 50 == 0:
                kind.drop_closed()
                kind.open_missing(port)
        for _ in range(FLOOD_A_TICK):
            flood(port)
            flooded += 1
    seconds = time.monotonic() - began
    had = {kind.name: kind.count for kind in kinds}
    reopened = sum(kind.opened - kind.count for kind in kinds)
    print(json.dumps({"had": had, "reopened": reopened, "floods_a_second": flooded / seconds, "cpu_share": time.process_time() / seconds}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
