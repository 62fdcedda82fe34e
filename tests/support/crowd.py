"""A crowd of clients as nobody wants them: they leave in the middle, say half of it, read nothing, talk nonsense, upgrade and break off. Each plays one story
after another at rota, and checks what it is told while it is there; instances that misbehave are asked for by their paths."""

import threading
import traceback
from collections import Counter
from random import Random

from support.wire import OK, SECONDS, Client

PATTERN = b"abcdefghijklmnopqrstuvwxyz" * 40_000  # what the test instance sends under /bytes/ and /chunked/
DOWNLOAD = 10_000_000
POST_ECHO = b"POST /echo HTTP/1.1\r\nHost: a\r\n"


class Early(Exception):
    """rota ended it where more was to come, or says itself that nobody can answer. While it drains it may; else it must not."""


class Visitor(Client):
    def get(self, path, *, version=b"1.1", fields=b"", method=b"GET"):
        self.send(method + b" " + path + b" HTTP/" + version + b"\r\nHost: a\r\n" + fields + b"\r\n")

    def answer(self, method="GET"):
        try:
            answer = self.read_answer(method)
        except AssertionError as error:
            raise Early(error) if self.peer_closed else error from None
        if answer.status == 503 and "Proxy-Status" in answer.headers:
            raise Early(answer)
        return answer

    def head(self):
        head = self.read_head(SECONDS)
        if (not head and self.peer_closed) or (head.startswith(b"HTTP/1.1 503 ") and b"\r\nProxy-Status: " in head):
            raise Early(f"no answer: {head!r}")
        assert head, f"no head within {SECONDS} s: {self.received[-2000:]!r}"
        return head

    def read_back(self, said):
        """Exactly that has to come."""
        came = self.read_exactly(len(said), SECONDS)
        if not came and self.peer_closed:
            raise Early("no echo")
        assert came == said, f"{len(came)} bytes that are not the {len(said)} that were sent"

    def leave(self, rng):
        rng.choice((self.close, self.reset))()


# ---- those who do not stay


def connects_and_leaves(client, rng):
    client.leave(rng)


def says_half_a_head(client, rng):
    head = b"GET /bytes/100 HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 3000 + b"\r\n\r\n"
    client.send(head[: rng.randrange(1, len(head))])
    client.wait_closed(rng.choice((0, 0.05)))
    client.leave(rng)


def asks_and_leaves(client, rng):
    client.get(rng.choice((b"/", b"/slow?ms=100", b"/slow?ms=60000", b"/chunked/100000", b"/close-delimited/100000")))
    client.wait_closed(rng.choice((0, 0.02, 0.1)))
    client.leave(rng)


def leaves_its_upload(client, rng):
    begun = rng.choice((b"Content-Length: 1000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nf4240\r\n"))
    client.send(POST_ECHO + begun + bytes(rng.choice((0, 1, 50_000, 500_000))))
    client.leave(rng)


def leaves_its_download(client, rng):
    client.get(b"/bytes/%d" % DOWNLOAD)
    read_some(client, client.head(), most=rng.choice((1, 100_000, 1_000_000)))
    client.leave(rng)


def reads_slowly(client, rng):
    client.get(b"/bytes/%d" % DOWNLOAD)
    head, pause = client.head(), threading.Event()
    read_some(client, head, most=rng.choice((40_000, 400_000)), size=8000, wait=lambda: pause.wait(0.005))
    client.leave(rng)


def read_some(client, head, most, size=65_536, wait=lambda: None):
    """The beginning of a download's body. That it breaks off may be its instance's fault; what comes is what was asked for."""
    assert head.startswith(b"HTTP/1.1 200 "), head
    at = 0
    try:
        for piece in client.pieces(size):
            from_ = at % 26
            assert piece == PATTERN[from_ : from_ + len(piece)], f"other bytes at {at}"
            at += len(piece)
            if at >= most:
                return
            wait()
    except ConnectionError:
        pass


def reads_only_the_first_of_many(client, rng):
    count = rng.randrange(2, 30)
    client.send(b"".join(b"GET /bytes/%d HTTP/1.1\r\nHost: a\r\n\r\n" % (100 + number) for number in range(count)))
    assert client.answer().body == PATTERN[:100]
    client.leave(rng)


# ---- those who want something unusual, or from an instance that is


def takes_all_of_many(client, rng):
    sizes = [rng.choice((0, 1, 1000, 50_000)) for _ in range(10)]
    client.send(b"".join(rng.choice((b"GET /bytes/%d", b"GET /chunked/%d")) % size + b" HTTP/1.1\r\nHost: a\r\n\r\n" for size in sizes))
    for size in sizes:
        assert client.answer().body == PATTERN[:size]


# Whether by length or chunk by chunk from the instance: to HTTP/1.0 a clean end says that this was all.
def speaks_http_1_0(client, rng):
    size = rng.choice((0, 1000, 300_000))
    client.get(rng.choice((b"/bytes/%d", b"/chunked/%d")) % size, version=b"1.0")
    head = client.head()
    assert head.startswith(b"HTTP/1.1 200 "), head
    try:
        body = b"".join(client.pieces())
    except ConnectionError:
        return
    assert body == PATTERN[:size] or b"\r\nContent-Length: " in head, f"{len(body)} of {size} bytes, and a clean end"


def asks_for_a_status(client, rng):
    status = rng.choice((103, 200, 204, 302, 304, 404, 429, 500, 502, 503))
    client.get(b"/status/%d" % status)
    answer = client.answer()
    assert answer.status == (200 if status == 103 else status), answer
    client.get(b"/status/200", method=b"HEAD")
    answer = client.answer("HEAD")
    assert answer.status == 200, answer


def asks_where_it_is_reset(client, rng):
    client.get(b"/abort/0")
    answer = client.answer()
    assert answer.status == 502, answer
    client.get(b"/bytes/10")
    assert client.answer().body == PATTERN[:10]


# What is short may have broken off before any of it was passed on. What has begun ends neither whole nor in peace.
def asks_where_it_is_reset_in_the_middle(client, rng):
    size = rng.choice((1, 1000, 100_000, 1_000_000))
    client.get(b"/abort/%d" % size)
    head = client.head()
    if b" 502 " in head:
        return
    try:
        received = sum(map(len, client.pieces()))
    except ConnectionError:
        return
    assert received < 2 * size


def waits_for_a_slow_one(client, rng):
    client.get(b"/slow?ms=%d" % rng.choice((1, 50, 300)))
    answer = client.answer()
    assert answer.status == 200, answer


def takes_what_ends_by_close(client, rng):
    client.get(b"/close-delimited/%d" % rng.choice((0, 1000, 200_000)))
    answer = client.answer()
    assert answer.status == 200 and PATTERN.startswith(answer.body)


# A POST may fail, as its instance may be gone; but then it says so.
def uploads_as_it_is_told(client, rng):
    body = rng.randbytes(rng.choice((1, 1000, 200_000)))
    client.send(POST_ECHO + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
    try:
        head = client.head()
        if b" 100 " in head:
            client.send(body)
            answer = client.answer()
            assert answer.status == 502 or answer.body == body
        else:
            assert b" 502 " in head, head
    except ConnectionError:
        pass  # it was told so while it still sent


NONSENSE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) + b"\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /%2e%2e/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 40_000 + b"\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
    POST_ECHO + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST_ECHO + b"Transfer-Encoding: gzip\r\n\r\n",
    POST_ECHO + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nno size\r\n",
]


def talks_nonsense(client, rng):
    client.send(rng.choice(NONSENSE))
    answer = client.answer()
    assert answer.status >= 400, answer
    client.leave(rng)


def makes_noise(client, rng):
    client.send(rng.randbytes(rng.randrange(1, 3000)))
    client.wait_closed(rng.choice((0, 0.05)))
    assert not client.received or client.received.startswith(b"HTTP/1.1 4"), client.received
    client.leave(rng)


# ---- those who upgrade


def upgrade(client, path):
    client.get(b"/tunnel/" + path, fields=b"Connection: Upgrade\r\nUpgrade: chat\r\n")
    head = client.head()
    assert head.startswith(b"HTTP/1.1 101 "), head


def talks_both_ways(client, rng):
    upgrade(client, b"echo")
    for _ in range(rng.randrange(1, 10)):
        said = rng.randbytes(rng.choice((1, 100, 5000, 70_000)))
        client.send(said)
        client.read_back(said)
    if rng.random() < 0.5:
        return client.leave(rng)
    client.finish()
    assert b"".join(client.pieces()) == b""


def listens_to_the_end(client, rng):
    upgrade(client, b"talk")
    heard = b"".join(client.pieces())
    assert heard == PATTERN[:100_000], f"{len(heard)} bytes, and a clean end"
    if rng.random() < 0.5:  # the other direction is still open
        client.send(b"bye")
        client.finish()


def is_reset_in_its_tunnel(client, rng):
    upgrade(client, b"reset")
    client.send(b"x")
    try:
        heard = b"".join(client.pieces())
    except ConnectionError:
        return
    raise Early(f"after {len(heard)} bytes, a clean end where the instance had reset")


def sits_in_its_tunnel(client, rng):
    upgrade(client, b"echo")
    client.wait_closed(rng.choice((0, 0.1, 0.3)))
    client.leave(rng)


def is_not_upgraded(client, rng):
    client.get(b"/tunnel/refuse", fields=b"Connection: Upgrade\r\nUpgrade: chat\r\n")
    assert client.answer().body == b"ok"
    client.get(b"/bytes/10")
    assert client.answer().body == PATTERN[:10]


STORIES = [
    connects_and_leaves, says_half_a_head, asks_and_leaves, leaves_its_upload, leaves_its_download, reads_slowly, reads_only_the_first_of_many,
    takes_all_of_many, speaks_http_1_0, asks_for_a_status, asks_where_it_is_reset, asks_where_it_is_reset_in_the_middle, waits_for_a_slow_one,
    takes_what_ends_by_close, uploads_as_it_is_told, talks_nonsense, makes_noise, talks_both_ways, listens_to_the_end, is_reset_in_its_tunnel,
    sits_in_its_tunnel, is_not_upgraded,
]  # fmt: skip


def tunnels(connection):
    """The script of the instance that they upgrade at: a RawUpstream's."""
    while head := connection.read_head(SECONDS):
        way = head.split(b" ")[1].removeprefix(b"/tunnel/")
        if way == b"refuse":
            connection.send(OK)
            continue
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
        return WAYS[way](connection)


def echo(connection):
    for piece in connection.pieces():
        connection.send(piece)
    connection.finish()


def talk(connection):
    connection.send(PATTERN[:100_000])
    connection.finish()
    for _ in connection.pieces():
        pass


def reset(connection):
    if connection.read_exactly(1, SECONDS):
        connection.send(bytes(1000))
        connection.reset()


WAYS = {b"echo": echo, b"talk": talk, b"reset": reset}


# ---- all of them


class Crowd:
    """Use as a context manager: they are there from its beginning to its end, which fails where one of them was told something wrong. `drains`: rota ends
    meanwhile, and who is sent away has nothing to complain of."""

    def __init__(self, port, *, size, seed, drains=False):
        self.played = Counter()
        self._port = port
        self._drains = drains
        self._faults = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._live, args=(Random(1000 * seed + number),), daemon=True) for number in range(size)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self._over.set()
        for thread in self._threads:
            thread.join(5 * SECONDS)
        if kind is None:
            assert not self._faults, f"{len(self._faults)} faults\n" + "\n".join(self._faults[:5])
            assert not any(thread.is_alive() for thread in self._threads)

    def _live(self, rng):
        while True:
            for story in rng.sample(STORIES, len(STORIES)):
                if self._over.is_set():
                    return
                self._play(story, rng)

    def _play(self, story, rng):
        try:
            with Visitor(self._port) as client:
                story(client, rng)
            self.played[story.__name__] += 1
        except (Early, ConnectionError) as error:
            if not self._drains:
                self._complain(story, error)
            self._over.wait(0.01)  # there may be nobody to connect to any more
        except Exception as error:  # noqa: BLE001: it belongs to the test, not to this thread
            self._complain(story, error)

    def _complain(self, story, error):
        self._faults.append(f"{story.__name__}: {''.join(traceback.format_exception(error, limit=-2))}")
