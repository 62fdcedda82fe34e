"""Bodies larger than memory, and past 4 GiB, between ends of which one is slow at first: what arrives is what was sent, the sender waits for the reader, and
rota holds next to nothing of it. Nothing of a body is stored: both ends hash what passes."""

import hashlib
import time

import pytest
from support.rota import SANITIZED, eventually
from support.wire import OK, SECONDS, Client

MIB, GIB = 1 << 20, 1 << 30
MOST_RESIDENT = 64 * MIB
# The buffers of the four sockets on the way may have grown to 72 MiB, where the kernel is as it comes.
MOST_ON_THE_WAY = 128 * MIB
# So long without a byte is being stuck; and so long may a busy machine take for the next one.
STUCK, PATIENCE = 0.5, 60.0
TRICKLE = 1000  # bytes in a read, and reads

BLOCK = hashlib.shake_128(b"rota").digest(MIB)
HEADS = {"length": b"Content-Length: %d\r\n\r\n", "chunks of a MiB": b"Transfer-Encoding: chunked\r\n\r\n", "one chunk": b"Transfer-Encoding: chunked\r\n\r\n"}


class Body:
    """`size` bytes on their way, of which no two MiB are the same. One thread sends them; what it has sent may be looked at from others."""

    def __init__(self, size, framing):
        self.size = size
        self.framing = framing
        self.fields = HEADS[framing] % size if framing == "length" else HEADS[framing]
        self.sent = 0
        self.digest = None  # of all of it, once all of it is out
        self._moved = time.monotonic()

    def send(self, connection):
        connection.settimeout(PATIENCE)
        block, digest = bytearray(BLOCK), hashlib.sha256()
        if self.framing == "one chunk":
            connection.sendall(b"%x\r\n" % self.size)
        for at in range(0, self.size, MIB):
            block[:8] = at.to_bytes(8, "big")
            piece = memoryview(block)[: self.size - at]
            digest.update(piece)
            self._send_piece(connection, piece)
        if self.framing != "length":
            connection.sendall(b"\r\n0\r\n\r\n" if self.framing == "one chunk" else b"0\r\n\r\n")
        self.digest = digest.hexdigest()

    def _send_piece(self, connection, piece):
        if self.framing == "chunks of a MiB":
            connection.sendall(b"%x\r\n" % len(piece))
        while piece:
            count = connection.send(piece)
            self.sent += count
            self._moved = time.monotonic()
            piece = piece[count:]
        if self.framing == "chunks of a MiB":
            connection.sendall(b"\r\n")

    def is_stuck(self):
        return self.sent > 0 and time.monotonic() - self._moved > STUCK

    def receive(self, stream):
        """Takes it off `stream`, slowly at first: nothing until the sender is stuck, a little until it is so again, then all. The hash of what came."""
        eventually(self.is_stuck, PATIENCE, "the sender being stuck while nothing is read")
        pieces, digest = self._pieces(stream), hashlib.sha256()
        for _ in range(TRICKLE):
            digest.update(next(pieces))
        eventually(self.is_stuck, PATIENCE, "the sender being stuck behind a reader that trickled")
        assert self.sent < min(self.size, MOST_ON_THE_WAY)
        for piece in pieces:
            digest.update(piece)
        return digest.hexdigest()

    # The first TRICKLE pieces are small, then as much as comes. A buffer is used again for each: it has to be taken before the next.
    def _pieces(self, stream):
        buffer, pieces = memoryview(bytearray(MIB)), 0
        for left in [self.size] if self.framing == "length" else chunks(stream):
            while left > 0:
                count = stream.readinto(buffer[: min(left, TRICKLE if pieces < TRICKLE else MIB)])
                assert count, f"ended with {left} bytes to come"
                pieces, left = pieces + 1, left - count
                yield buffer[:count]


def chunks(stream):
    """The sizes of the chunks on `stream`; each has to be read off before the next is asked for. Ends behind the last."""
    while size := int(stream.readline(), 16):
        yield size
        assert stream.readline() == b"\r\n"
    assert stream.readline() == b"\r\n"


def read_head(stream):
    """Line by line, so that the body stays where it is."""
    lines = []
    while (line := stream.readline()) != b"\r\n":
        assert line, f"ended in a head: {lines}"
        lines.append(line)
    return lines


def reader(connection):
    connection.settimeout(PATIENCE)
    return connection.makefile("rb", 64 * 1024)


def assert_small(balancer):
    assert SANITIZED or balancer.peak_resident_bytes() < MOST_RESIDENT


SMALL = [("length", 64 * MIB + 7), ("chunks of a MiB", 64 * MIB + 7), ("one chunk", 64 * MIB + 7)]


def large(framing, size):
    return pytest.param(framing, size, marks=pytest.mark.slow)


def name(value):
    return f"{value >> 20} MiB" if isinstance(value, int) else value


@pytest.mark.parametrize(("framing", "size"), [*SMALL, large("length", 5 * GIB), large("one chunk", 4 * GIB + 7)], ids=name)
def test_a_download_to_a_slow_reader_arrives_whole_and_fills_no_memory(rota, raw_upstream, framing, size):
    def answer(connection):
        connection.read_request(SECONDS)
        connection.send(b"HTTP/1.1 200 OK\r\n" + body.fields)
        body.send(connection.socket)
        connection.wait_closed(PATIENCE)

    body = Body(size, framing)
    balancer = rota(to=[raw_upstream(answer)])
    with Client(balancer.port) as client, reader(client.socket) as stream:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert read_head(stream)[0] == b"HTTP/1.1 200 OK\r\n"
        received = body.receive(stream)
        assert received == eventually(lambda: body.digest, what="the sender being done")
        assert_small(balancer)


@pytest.mark.parametrize(("framing", "size"), [*SMALL, large("length", 5 * GIB), large("chunks of a MiB", GIB)], ids=name)
def test_an_upload_to_a_slow_instance_arrives_whole_and_fills_no_memory(rota, raw_upstream, framing, size):
    def take(connection):
        with reader(connection.socket) as stream:
            read_head(stream)
            received.append(body.receive(stream))
        connection.send(OK)
        connection.wait_closed(SECONDS)

    body, received = Body(size, framing), []
    balancer = rota(to=[raw_upstream(take)])
    with Client(balancer.port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + body.fields)
        body.send(client.socket)
        assert client.read_answer().status == 200
        assert received == [body.digest]
        assert_small(balancer)


# A number of 32 bits would read these as 0, 1 and 4294967295. Only the beginning is sent: what came is passed on, and the rest is waited for.
SIZES = [1 << 32, (1 << 32) + 1, (1 << 33) - 1]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("framing", ["length", "one chunk"])
def test_of_an_upload_past_4_gib_what_has_come_is_passed_on_and_the_rest_is_waited_for(rota, raw_upstream, framing, size):
    upstream = raw_upstream(lambda connection: connection.wait_closed(SECONDS))
    with Client(rota(to=[upstream]).port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + begin(framing, size))
        for word in (b"hello", b"world"):
            client.send(word)
            eventually(lambda: upstream.received and word in upstream.received[0], SECONDS, "it being there")
        client.finish()  # too early: it was not all
        assert b" 200 " not in client.read_all()
        assert upstream.connections[0].wait_closed(SECONDS)
    head, _, body = upstream.received[0].partition(b"\r\n\r\n")
    assert body == (b"helloworld" if framing == "length" else b"5\r\nhello\r\n5\r\nworld\r\n")
    assert framing != "length" or b"Content-Length: %d\r\n" % size in head + b"\r\n"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("framing", ["length", "one chunk"])
def test_of_a_download_past_4_gib_what_has_come_is_passed_on_and_the_rest_is_waited_for(rota, raw_upstream, framing, size):
    def answer(connection):
        connection.read_request(SECONDS)
        connection.send(b"HTTP/1.1 200 OK\r\n" + begin(framing, size))
        connection.send(b"hello")
        connection.read_until(b"never", SECONDS)

    upstream = raw_upstream(answer)
    with Client(rota(to=[upstream]).port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        head = client.read_head(SECONDS)
        assert framing != "length" or b"Content-Length: %d\r\n" % size in head
        assert client.read_until(b"hello", SECONDS) == (b"hello" if framing == "length" else b"5\r\nhello")
        upstream.connections[0].send(b"world")
        assert client.read_until(b"world", SECONDS) == (b"world" if framing == "length" else b"\r\n5\r\nworld")
        upstream.connections[0].finish()  # too early: it was not all
        assert client.read_all() == (b"" if framing == "length" else b"\r\n")


def begin(framing, size):
    fields = HEADS[framing]
    return fields % size if framing == "length" else fields + b"%x\r\n" % size
