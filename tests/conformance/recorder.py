"""The instance of the conformance rows: it keeps the exact bytes of each request on each connection, and answers as the present row says. It frames requests by
itself, strictly: what rota and it understand differently does not stay unnoticed."""

import re
import threading
import time
from dataclasses import dataclass

from row import OK, Do
from support.rota import RawUpstream, is_readable
from support.wire import SECONDS

STUCK = 0.3
MOMENT = 0.001
RESTS = 3600.0  # a connection may rest as long as rota keeps it
OWN_PATH = re.compile(rb"GET /(?:probe|follow)/(\d+) HTTP/1\.1\r\n")


@dataclass(frozen=True)
class Recorded:
    connection: int
    head: bytes
    body: bytes  # with its framing


class Bad(Exception):
    """A request that no instance should be sent."""


class Recorder:
    """Use as a context manager. The requests of the tests themselves (/probe/N, /follow/N) are answered with their number."""

    def __init__(self):
        self.upstream = RawUpstream(self._serve)
        self.seen = threading.Semaphore(0)  # released for each thing that the client has got
        self._lock = threading.Lock()
        self._requests = []
        self._ends = {}  # how much of each connection's bytes was whole requests
        self._answers = ((OK,),)
        self._early = False
        self._asked = 0
        self._at_work = 0
        self._moved = time.monotonic()

    def __enter__(self):
        self.upstream.__enter__()
        return self

    def __exit__(self, *what):
        return self.upstream.__exit__(*what)

    @property
    def address(self):
        return self.upstream.address

    def play(self, row):
        """From here on it does what this row says."""
        strays = self.unfinished()
        assert not strays, f"late, from the row before: {strays}"
        with self._lock:
            self._requests, self._answers, self._early, self._asked = [], row.answers, row.early, 0
            self.seen = threading.Semaphore(0)

    def requests(self):
        """The whole ones that came since play()."""
        with self._lock:
            return list(self._requests)

    def unfinished(self):
        """What else came since play() or settle(): (bytes, whether rota has closed the connection) for each connection."""
        with self._lock:
            connections = list(self.upstream.connections)
            rests = [(connection.received[self._ends.get(connection, 0) :], connection.peer_closed) for connection in connections]
        return [rest for rest in rests if rest[0]]

    def has_read_all(self):
        """Nothing that rota has sent waits for us in a queue or a socket."""
        listener, connections = self.upstream._listener, list(self.upstream.connections)
        sockets = [connection.socket for connection in connections if not connection.peer_closed and connection.socket.fileno() >= 0]
        return not any(is_readable(one) for one in (listener, *sockets))

    def settle(self):
        """All that came is judged."""
        with self._lock:
            self._ends = {connection: len(connection.received) for connection in self.upstream.connections}

    def is_at_rest(self):
        with self._lock:
            return self._at_work == 0

    def is_stuck(self):
        return time.monotonic() - self._moved > STUCK

    # ---- in a connection's thread

    def _serve(self, connection):
        while head := connection.read_head(RESTS):
            own = OWN_PATH.match(head)
            if own or not self._early:
                if not self._take_body(connection, head):
                    return
            if own:
                connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(own[1]), own[1]))
            elif not self._answer(connection, head):
                return

    def _take_body(self, connection, head):
        """Whether it came whole; then it is a request that came."""
        body = read_body(connection, head)
        if body is None:
            connection.wait_closed(SECONDS)
            return False
        self._record(connection, head, body)
        return True

    def _record(self, connection, head, body):
        with self._lock:
            number = self.upstream.connections.index(connection)
            self._requests.append(Recorded(number, head, body))
            self._ends[connection] = self._ends.get(connection, 0) + len(head) + len(body)

    def _answer(self, connection, head):
        """Whether the connection goes on."""
        with self._lock:
            steps = self._answers[min(self._asked, len(self._answers) - 1)]
            seen = self.seen
            self._asked += 1
            self._at_work += 1
        try:
            return all([self._take(connection, head, step, seen) for step in steps])
        finally:
            with self._lock:
                self._at_work -= 1

    def _take(self, connection, head, step, seen):
        self._moved = time.monotonic()
        if isinstance(step, bytes):
            connection.send(step)
            connection.wait_closed(MOMENT)  # so that the next piece is one of its own
        elif step is Do.SEEN:
            assert seen.acquire(timeout=SECONDS), "the client did not get what it waits for"
        elif step is Do.CLOSED:
            assert connection.wait_closed(SECONDS), "rota did not close the connection"
        elif step is Do.BODY:
            return self._take_body(connection, head)
        elif step is Do.POUR:
            pour(connection)
        elif step is Do.FIN:
            connection.finish()
        elif step is Do.RESET:
            connection.reset()
        return isinstance(step, bytes) or step in (Do.SEEN, Do.FIN)


def read_body(connection, head):
    """With its framing; None where it does not come whole."""
    lengths = re.findall(rb"(?i)\r\ncontent-length:[ \t]*([^\r]*?)[ \t]*(?=\r\n)", head)
    codings = re.findall(rb"(?i)\r\ntransfer-encoding:[ \t]*([^\r]*?)[ \t]*(?=\r\n)", head)
    if len(lengths) + len(codings) > 1 or not all(re.fullmatch(rb"0|[1-9]\d*", value) for value in lengths) or codings not in ([], [b"chunked"]):
        raise Bad(head)
    if codings:
        return read_chunks(connection)
    size = int(lengths[0]) if lengths else 0
    body = connection.read_exactly(size, SECONDS)
    return body if len(body) == size else None


def read_chunks(connection):
    body = b""
    while True:
        line = connection.read_until(b"\r\n", SECONDS)
        if not line:
            return None
        if not re.fullmatch(rb"(0|[1-9a-f][0-9a-f]*)\r\n", line):
            raise Bad(line)
        body += line
        size = int(line, 16)
        if size == 0:
            break
        piece = connection.read_exactly(size + 2, SECONDS)
        if not piece:
            return None
        if not piece.endswith(b"\r\n"):
            raise Bad(piece)
        body += piece
    while line := connection.read_until(b"\r\n", SECONDS):
        body += line
        if line == b"\r\n":
            return body
    return None


def pour(connection):
    try:
        while True:
            connection.send(b"x" * 65_536)
    except OSError:
        pass
