"""Thousands of each kind of answer that no instance should give: rota says so or shows it, keeps nothing of it, and serves the next request as if nothing had
been. What becomes of each of them, byte by byte, is in tests/component/hostile_instances_test.cpp and in the cases 95 to 104 of tests/conformance."""

import os
import re
import signal
import socket
import struct
import threading
from collections import deque
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.rota import SANITIZED, eventually, free_port
from support.wire import OK, SECONDS, Client, assert_own, parse

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
HEAD = b"HTTP/1.1 200 OK\r\n"
POISON = HEAD + b"Content-Length: 6\r\n\r\nPOISON"
CODING = b"Transfer-Encoding: chunked\r\n\r\n"
LONG = b"11170\r\n" + b"x" * 70_000 + b"\r\n"  # more than a buffer holds, so that its beginning is passed on

LAST = b"0\r\n\r\n"

MALFORMED, GONE, TOO_LARGE = "http_protocol_error", "connection_terminated", "http_response_header_section_size"
WHOLE, CUT = "whole", "cut"

LIES = {  # what it says, how its connection ends, and what becomes of that
    "garbage": (b"hello, world\r\n\r\n", "stay", MALFORMED),
    "a TLS alert": (b"\x15\x03\x01\x00\x02\x02\x46", "stay", MALFORMED),
    "nothing": (b"", "close", GONE),
    "a reset": (b"", "reset", GONE),
    "half a head": (HEAD + b"X: ", "close", GONE),
    "a head without an end": (HEAD + b"X: " + b"x" * 40_000, "stay", TOO_LARGE),
    "fields without an end": (HEAD + b"X: y\r\n" * 200, "stay", TOO_LARGE),
    "interim answers without an end": (b"HTTP/1.1 103 Hints\r\n\r\n" * 1000, "stay", MALFORMED),
    "a length and chunks": (HEAD + b"Content-Length: 5\r\n" + CODING + LAST, "stay", MALFORMED),
    "a bad chunk": (HEAD + CODING + b"0x5\r\nhello\r\n" + LAST, "stay", MALFORMED),
    "an answer too much": (OK + POISON, "stay", WHOLE),
    "an end that is announced and does not come": (OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), "stay", WHOLE),
    "a body with 204": (b"HTTP/1.1 204 No\r\n\r\n" + POISON, "stay", WHOLE),
    "a length that is too long": (HEAD + b"Content-Length: 100000\r\n\r\n" + LONG, "close", CUT),
    "chunks without an end": (HEAD + CODING + LONG, "close", CUT),
    "chunks that turn bad": (HEAD + CODING + LONG + b"zz\r\n", "stay", CUT),
    "chunks and a reset": (HEAD + CODING + LONG, "reset", CUT),
}


class Liar:
    """An instance that plays `lie` with the first request of each connection, one connection after the other: on a port, or on the path of a unix socket.
    Use as a context manager."""

    def __init__(self, path=None):
        self.lie = None
        self._staying = deque()
        if path:
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listener.bind(str(path))
            self._listener.listen(1024)
            self.address = f"unix:{path}"
        else:
            self._listener = socket.create_server(("127.0.0.1", free_port()), backlog=1024)
            self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits on it
        self._thread.join(SECONDS)
        self._listener.close()
        for connection in self._staying:
            connection.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(SECONDS)
            try:
                self._answer(connection)
            except OSError:
                connection.close()  # rota has had enough of it

    def _answer(self, connection):
        says, end, _ = self.lie
        request = b""
        while b"\r\n\r\n" not in request:
            piece = connection.recv(65536)
            if not piece:
                break
            request += piece
        connection.sendall(says)
        if end == "stay":
            self._staying.append(connection)
            if len(self._staying) > 10:
                self._staying.popleft().close()
            return
        if end == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


def ask_last(to, turn):
    """All that comes of the only request of a connection."""
    with Client(to) as client:
        client.send((GET, POST)[turn % 2].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return client.read_all()


def is_cut(came):
    """The beginning of an answer; else it must be a 502, or nothing behind a reset."""
    if came.startswith(HEAD):
        assert not came.endswith(LAST) and len(came) < 100_000
        return True
    if came:
        assert_own(parse(came), 502, GONE)
    return False


def lie(to, liar, name, times):
    """So many requests, all of them lied to, half of them posts; each must get what is due to it."""
    liar.lie = LIES[name]
    verdict = liar.lie[2]
    if verdict == CUT:
        cuts = sum(is_cut(ask_last(to, turn)) for turn in range(times))
        assert cuts == times or liar.lie[1] == "reset"  # which may overtake what was said before it
        return
    with Client(to) as client:
        for turn in range(times):
            answer = client.ask((GET, POST)[turn % 2])
            if verdict == WHOLE:
                assert answer.status in (200, 204) and answer.body in (b"ok", b""), answer
            else:
                assert_own(answer, 502, verdict)
        assert b"POISON" not in client.received


# The log's thread may have to catch up with it, and once takes a buffer for that; so anything of 256 bytes that is forgotten each time shows.
MOST_MORE = 512 * 1024


@pytest.mark.parametrize("times", [20, pytest.param(2000, marks=pytest.mark.slow)])
def test_lies_of_each_kind_leave_nothing_behind(rota, started, times):
    liar = started(Liar())
    balancer = rota(to=[liar], env={"ROTA_WORKERS": "1", "ROTA_TIMEOUTS_KEEP": "60s"})
    descriptors = balancer.descriptors()
    for name in LIES:  # what it takes once, it keeps
        lie(balancer.port, liar, name, times // 20)
    for name in LIES:
        before = balancer.resident_bytes()
        lie(balancer.port, liar, name, times)
        assert SANITIZED or balancer.resident_bytes() - before < MOST_MORE, name
    eventually(lambda: balancer.descriptors() <= descriptors, SECONDS, "rota holding no connection any more")
    liar.lie = (OK, "stay", WHOLE)
    with Client(balancer.port) as client:
        assert client.ask(GET).body == b"ok"


# There a connection cannot be reset; what is cut shows by its framing.
def test_lies_over_unix_sockets_are_told_or_seen_too(rota, started, tmp_path):
    liar, near = started(Liar(tmp_path / "far.sock")), tmp_path / "near.sock"
    balancer = rota(to=[liar], args=["--from", f"unix:{near}"], env={"ROTA_WORKERS": "1"})
    descriptors = balancer.descriptors()
    for name in LIES:
        lie(str(near), liar, name, 20)
    eventually(lambda: balancer.descriptors() <= descriptors, SECONDS, "rota holding no connection any more")


# ---- connections that rest


def states(balancer):
    """What its threads are doing, by the kernel's letters."""
    tasks = Path(f"/proc/{balancer.pid}/task")
    return {re.search(r"State:\t(\w)", (tasks / task / "status").read_text())[1] for task in os.listdir(tasks)}


@contextmanager
def stopped(balancer):
    """Once it has nothing more to do; and nothing of what comes meanwhile is seen before all of it is there."""
    eventually(lambda: states(balancer) == {"S"}, SECONDS, "all of its threads waiting")
    balancer.signal(signal.SIGSTOP)
    try:
        eventually(lambda: states(balancer) == {"T"}, SECONDS, "all of its threads being stopped")
        yield
    finally:
        balancer.signal(signal.SIGCONT)


def has_news(connection):
    """Whether something has arrived at the other end of this connection: bytes, or its end."""
    ends = [f":{port:04X}" for port in (connection.socket.getpeername()[1], connection.socket.getsockname()[1])]
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, *addresses, state, queues = line.split()[:5]
        if all(address.endswith(end) for address, end in zip(addresses, ends)):
            return int(queues.split(":")[1], 16) > 0 or state == "08"
    return False


STRAYS = {
    "an answer": lambda connection: connection.send(POISON),
    "a byte": lambda connection: connection.send(b"x"),
    "an answer and an end": lambda connection: (connection.send(POISON), connection.finish()),
    "an end": lambda connection: connection.finish(),
}


# The connection must be found out although nobody has looked at it since: without a call that would only look. What comes first makes no difference, as long as
# both are there when rota looks.
@pytest.mark.parametrize("first", ["stray", "request"])
@pytest.mark.parametrize("client_is", ["kept", "new"])
@pytest.mark.parametrize("name", STRAYS)
def test_what_has_come_on_a_resting_connection_is_not_the_next_answer(rota, raw_upstream, name, client_is, first):
    upstream = raw_upstream(OK)
    balancer = rota(to=[upstream], env={"ROTA_WORKERS": "1", "ROTA_TIMEOUTS_KEEP": "60s"})
    with Client(balancer.port) as kept:
        assert kept.ask(POST).body == b"ok"
        with stopped(balancer):
            client = kept if client_is == "kept" else Client(balancer.port)
            (resting,) = upstream.connections
            if first == "request":
                client.send(POST)
            STRAYS[name](resting)
            eventually(lambda: has_news(resting), SECONDS, "it being there")
            if first == "stray":
                client.send(POST)
        assert client.read_answer().body == b"ok"
        assert len(upstream.connections) == 2
        client.close()
