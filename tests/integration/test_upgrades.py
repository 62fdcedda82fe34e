"""Connections that become something else than HTTP: WebSockets with a client and a server that others wrote, and raw tunnels: when one begins, what goes
through it, how it ends, and what remains of it. Who gets none is in tests/conformance; what can be had with a manual clock, in tests/component/tunnel_test.cpp."""

import asyncio
import functools
import hashlib
import json
import os
import threading
import time
from contextlib import AsyncExitStack, ExitStack

import pytest
import websockets
from support.rota import SANITIZED, eventually, free_port, is_readable
from support.wire import OK, SECONDS, Client, assert_own, values_of

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
ASK = b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo/1\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo/1\r\n\r\n"
MEGABYTE = 1024 * 1024
TICK = 0.2


# ---- WebSockets, by a library that knows nothing of rota


class WebSocketServer:
    """Greets with its name, sends back what comes, and keeps what each connection ended with. On "leave" it ends first."""

    def __init__(self, name="server-1"):
        self.name, self.port = name, free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.endings = []
        self._server = None

    async def __aenter__(self):
        self._server = await websockets.serve(self._serve, "127.0.0.1", self.port, max_size=2 * MEGABYTE)
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()
        assert 1006 not in [code for code, _ in self.endings], "a connection ended without a close handshake"

    async def _serve(self, socket):
        await socket.send(self.name)
        try:
            async for message in socket:
                await self._answer(socket, message)
        except websockets.ConnectionClosedError:  # as is every end whose code is of the user's own
            pass
        self.endings.append((socket.close_code, socket.close_reason))

    async def _answer(self, socket, message):
        if message == "leave":
            await socket.close(4002, "my turn")
        elif message == "ping me":
            await asyncio.wait_for(await socket.ping(b"are you there"), SECONDS)
            await socket.send("I am")
        else:
            await socket.send(message)


def played(story):
    """Server and client take turns on one event loop, within one deadline."""

    @functools.wraps(story)
    def test(*args, **fixtures):
        asyncio.run(asyncio.wait_for(story(*args, **fixtures), 4 * SECONDS))

    return test


async def until(predicate, what):
    deadline = time.monotonic() + SECONDS
    while not predicate():
        assert time.monotonic() < deadline, f"not in time: {what}"
        await asyncio.sleep(0.01)


async def connected(balancer, **options):
    socket = await websockets.connect(f"ws://127.0.0.1:{balancer.port}/chat?room=1", max_size=2 * MEGABYTE, open_timeout=SECONDS, **options)
    assert (await socket.recv()).startswith("server-")
    return socket


# The library's own compression is agreed on by fields of the handshake, which have to pass.
@pytest.mark.parametrize("compression", ["deflate", None])
@played
async def test_a_websocket_carries_text_and_bytes_both_ways(rota, compression):
    async with WebSocketServer() as server:
        socket = await connected(rota(to=[server]), compression=compression, subprotocols=None)
        assert [extension.name for extension in socket.extensions] == (["permessage-deflate"] if compression else [])
        for message in ("hello", "grüße ☃", "", b"", bytes(range(256)), "x" * 70_000, os.urandom(MEGABYTE), "y" * MEGABYTE):
            await socket.send(message)
            assert await socket.recv() == message
        await socket.close()


@played
async def test_pings_of_either_side_are_answered_by_the_other(rota):
    async with WebSocketServer() as server:
        socket = await connected(rota(to=[server]))
        await asyncio.wait_for(await socket.ping(b"there?"), SECONDS)
        await socket.send("ping me")
        assert await socket.recv() == "I am"
        await socket.close()


@pytest.mark.parametrize("first", ["client", "server"])
@played
async def test_a_websocket_is_closed_with_its_code_on_both_sides(rota, first):
    async with WebSocketServer() as server:
        socket = await connected(rota(to=[server]))
        if first == "client":
            await socket.close(4001, "enough")
        else:
            await socket.send("leave")
            await asyncio.wait_for(socket.wait_closed(), SECONDS)
        ending = (4001, "enough") if first == "client" else (4002, "my turn")
        await until(lambda: server.endings, "the server's having heard of the end")
        assert server.endings == [(socket.close_code, socket.close_reason)] == [ending]


@played
async def test_many_websockets_at_once_are_spread_evenly(rota):
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(WebSocketServer(f"server-{number}")) for number in (1, 2, 3)]
        balancer = rota(to=servers)
        url = f"ws://127.0.0.1:{balancer.port}/"
        sockets = await asyncio.gather(*(websockets.connect(url, open_timeout=SECONDS) for _ in range(50)))
        names = await asyncio.gather(*(socket.recv() for socket in sockets))
        assert sorted(names.count(server.name) for server in servers) == [16, 17, 17]
        for round_ in range(3):
            await asyncio.gather(*(socket.send(f"{number} in {round_}") for number, socket in enumerate(sockets)))
            assert await asyncio.gather(*(socket.recv() for socket in sockets)) == [f"{number} in {round_}" for number in range(50)]
        await asyncio.gather(*(socket.close() for socket in sockets))


# ---- when a tunnel begins


def switching(tunnel):
    """A script that switches, and goes on with `tunnel`."""

    def script(connection):
        assert connection.read_head(SECONDS)
        connection.send(SWITCH)
        tunnel(connection)

    return script


def echo(connection):
    while line := connection.read_until(b"\n", SECONDS):
        connection.send(line.upper())


@pytest.fixture
def tunnel_to(rota, raw_upstream):
    """tunnel_to(script, NAME="value"): a client whose request was answered with a 101, and the upstream behind it."""
    with ExitStack() as stack:

        def connect(script, **env):
            upstream = raw_upstream(switching(script))
            client = stack.enter_context(Client(rota(to=[upstream], env=env).port))
            client.send(ASK)
            assert client.read_interim().status == 101
            return client, upstream

        yield connect


def test_behind_a_101_that_was_asked_for_bytes_go_both_ways(rota, raw_upstream):
    def talk(connection):
        connection.read_head(SECONDS)
        connection.send(SWITCH.replace(b"\r\n\r\n", b"\r\nX-Mine: 1\r\n\r\n") + b"hello\n")
        assert connection.read_exactly(256, SECONDS) == bytes(range(256))
        connection.send(bytes(reversed(range(256))))
        echo(connection)

    upstream = raw_upstream(talk)
    with Client(rota(to=[upstream]).port) as client:
        client.send(ASK)
        head = client.read_interim()
        assert (head.status, head.headers["Connection"], head.headers["Upgrade"], head.headers["X-Mine"]) == (101, "upgrade", "foo/1", "1")
        assert "Content-Length" not in head.headers and "Transfer-Encoding" not in head.headers
        assert client.read_until(b"\n", SECONDS) == b"hello\n"
        client.send(bytes(range(256)))
        assert client.read_exactly(256, SECONDS) == bytes(reversed(range(256)))
        # What would be a request is only bytes now, to whoever passes them on.
        for line in (b"get /a/../b HTTP/1.1\r\n", b"\r\n", b"\x00\n"):
            client.send(line)
            assert client.read_until(b"\n", SECONDS) == line.upper()
    assert (values_of(upstream.received[0], "Upgrade"), values_of(upstream.received[0], "Connection")) == ([b"foo/1"], [b"upgrade"])


def test_a_tunnel_may_begin_on_connections_that_have_carried_requests(rota, raw_upstream):
    def serve(connection):
        while b"\r\nUpgrade: " not in connection.read_head(SECONDS):
            connection.send(OK)
        connection.send(SWITCH)
        echo(connection)

    upstream = raw_upstream(serve)
    with Client(rota(to=[upstream], env={"ROTA_WORKERS": "1"}).port) as client:
        assert [client.ask(GET).body for _ in range(3)] == [b"ok"] * 3
        assert client.ask(GET + ASK).body == b"ok"
        assert client.read_interim().status == 101
        client.send(b"hello\n")
        assert client.read_until(b"\n", SECONDS) == b"HELLO\n"
        # That connection is the tunnel's: nobody else is served on it.
        with Client(client.socket.getpeername()) as other:
            assert other.ask(GET).body == b"ok"
    assert [received.count(b"GET ") for received in upstream.received] == [5, 1]


def test_what_comes_with_the_request_reaches_the_instance_only_behind_its_101(rota, raw_upstream):
    def look_first(connection):
        connection.read_head(SECONDS)
        for may_go_on in (said_more, said_all):
            assert may_go_on.wait(SECONDS)
            # There and back through rota, which had those bytes before: whatever it would pass on is here by now.
            connection.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            assert seen.acquire(timeout=SECONDS)
            assert not is_readable(connection.socket) and connection.received.endswith(b"\r\n\r\n"), "bytes of a tunnel that is none yet"
        connection.send(SWITCH)
        came.append(connection.read_until(b"end", SECONDS))

    said_more, said_all, seen, came = threading.Event(), threading.Event(), threading.Semaphore(0), []
    with Client(rota(to=[raw_upstream(look_first)]).port) as client:
        client.send(ASK + b"early, ")
        for text, said in ((b"more, ", said_more), (b"the end", said_all)):
            client.send(text)
            said.set()
            assert client.read_interim().status == 103
            seen.release()
        assert client.read_interim().status == 101
        eventually(lambda: came, SECONDS, "their arriving")
    assert came == [b"early, more, the end"]


# CVE-2026-2833 of another proxy: it passed on what stands behind such a request unread, as if the instance had switched.
@pytest.mark.parametrize("status", [b"200 OK", b"403 Forbidden", b"426 Upgrade Required"])
def test_an_instance_that_does_not_switch_gets_no_tunnel_and_the_next_request_is_one(rota, raw_upstream, status):
    def refuse(connection):
        while head := connection.read_request(SECONDS):
            path = head.split(b" ")[1]
            connection.send(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))

    upstream = raw_upstream(refuse)
    with Client(rota(to=[upstream]).port) as client:
        client.send(ASK + b"GET /second HTTP/1.1\r\nHost: a\r\nX-Request-Id: forged\r\n\r\n" + b"GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n")
        first, second, third = (client.read_answer() for _ in range(3))
        assert (first.status, first.body, second.status, second.body) == (int(status[:3]), b"/chat", int(status[:3]), b"/second")
        assert_own(third, 400, "http_request_error")
    received = b"".join(upstream.received)
    assert received.count(b"HTTP/1.1\r\n") == 2 and b"forged" not in received and b"/../" not in received


WEBSOCKET = (
    b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
NO_SWITCH = {
    "not asked for": (GET, SWITCH),
    "another protocol": (WEBSOCKET, SWITCH),
    "another version": (ASK, SWITCH.replace(b"foo/1", b"foo/2")),
    "no Connection: upgrade": (ASK, SWITCH.replace(b"Connection: Upgrade\r\n", b"")),
    "no Upgrade": (ASK, SWITCH.replace(b"Upgrade: foo/1\r\n", b"")),
    "two protocols": (ASK, SWITCH.replace(b"foo/1", b"foo/1, bar")),
    "a length": (ASK, SWITCH.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n")),
}


@pytest.mark.parametrize("name", NO_SWITCH)
def test_a_101_to_anything_but_what_was_asked_for_is_502(rota, raw_upstream, name):
    def say(connection):
        connection.read_head(SECONDS)
        connection.send(said + b"and more")
        closed.append(connection.wait_closed(SECONDS))

    (asked, said), closed = NO_SWITCH[name], []
    upstream = raw_upstream(say)
    with Client(rota(to=[upstream]).port) as client:
        assert_own(client.ask(asked + b"behind it"), 502, "http_protocol_error")
        eventually(lambda: closed, SECONDS, "the instance's connection being closed")
    assert closed == [True] and b"and more" not in client.received and b"behind it" not in upstream.received[0]


# ---- ends


def taken_of(end):
    """What was read along with something before it."""
    return end.read_exactly(len(end.received) - end._taken)


def rest_of(end):
    """All that still comes on a connection, and how it ends there: "end", or "reset"."""
    end.socket.settimeout(SECONDS)
    text = taken_of(end)
    try:
        while piece := end.socket.recv(65_536):
            text += piece
    except ConnectionResetError:
        return text, "reset"
    return text, "end"


def test_a_client_that_has_ended_still_hears_what_its_instance_says(tunnel_to):
    def talk_on(connection):
        heard.append(rest_of(connection))
        for line in (b"still ", b"talking"):
            connection.send(line)
        connection.finish()

    heard = []
    client, _ = tunnel_to(talk_on)
    client.send(b"that was all")
    client.finish()
    assert rest_of(client) == (b"still talking", "end")
    assert heard == [(b"that was all", "end")]


def test_an_instance_that_has_ended_still_hears_what_its_client_says(tunnel_to):
    def listen_on(connection):
        connection.send(b"that was all")
        connection.finish()
        heard.append(rest_of(connection))

    heard = []
    client, _ = tunnel_to(listen_on)
    assert rest_of(client) == (b"that was all", "end")
    for line in (b"still ", b"talking"):
        client.send(line)
    client.finish()
    eventually(lambda: heard, SECONDS, "the instance's hearing the end")
    assert heard == [(b"still talking", "end")]


def test_a_client_may_end_before_its_101(rota, raw_upstream):
    def late(connection):
        connection.read_head(SECONDS)
        assert go_on.wait(SECONDS)
        connection.send(SWITCH)
        heard.append(rest_of(connection))
        connection.send(b"goodbye")

    go_on, heard = threading.Event(), []
    with Client(rota(to=[raw_upstream(late)]).port) as client:
        client.send(ASK + b"only this")
        client.finish()
        # rota asks a client that has ended whether it is still there, with an interim answer; so this one has been noticed.
        assert client.read_interim().status == 100
        go_on.set()
        assert client.read_interim().status == 101
        assert client.read_all() == b"goodbye"
    assert heard == [(b"only this", "end")]


def test_a_tunnel_that_its_instance_breaks_is_a_reset_for_the_client(tunnel_to):
    def die(connection):
        connection.read_until(b"\n", SECONDS)
        connection.reset()

    client, _ = tunnel_to(die)
    client.send(b"go\n")
    assert rest_of(client)[1] == "reset"


@pytest.mark.parametrize("quiet", [True, False], ids=["while nothing moves", "while its instance speaks"])
def test_a_tunnel_that_its_client_breaks_is_a_reset_for_the_instance(tunnel_to, quiet):
    def go_on(connection):
        connection.send(b"hello\n")
        seen.append(rest_of(connection)[1] if quiet else speak_on(connection))

    seen = []
    client, _ = tunnel_to(go_on)
    assert client.read_until(b"hello\n", SECONDS)
    client.reset()
    eventually(lambda: seen, SECONDS, "the instance's hearing of it")
    assert seen == ["reset"]


def speak_on(connection):
    """Until that is no longer possible; why it is not."""
    try:
        while True:
            connection.send(b"x" * 1000)
            if is_readable(connection.socket, TICK / 10):
                assert not connection.socket.recv(1), "the client has said nothing"
    except (ConnectionResetError, BrokenPipeError):
        return "reset"


def test_an_instance_that_speaks_to_a_client_that_is_gone_is_freed(tunnel_to):
    def go_on(connection):
        seen.append(speak_on(connection))

    seen = []
    client, _ = tunnel_to(go_on)
    assert client.read_exactly(1000, SECONDS)
    client.close()
    eventually(lambda: seen, SECONDS, "the instance's being freed")
    assert seen == ["reset"]


# ---- time

QUIET = 1.2  # many ticks


def test_a_tunnel_on_which_nothing_moves_is_a_reset_for_both_sides(tunnel_to):
    seen, began = [], time.monotonic()
    client, _ = tunnel_to(lambda connection: seen.append(rest_of(connection)), ROTA_TIMEOUTS_TUNNEL="300ms")
    assert rest_of(client) == (b"", "reset")  # an end would look like one that was meant
    assert 0.3 <= time.monotonic() - began < SECONDS / 2
    eventually(lambda: seen, SECONDS, "the instance's hearing of it")
    assert seen == [(b"", "reset")]


@pytest.mark.parametrize("speaker", ["client", "instance"])
def test_a_tunnel_lives_as_long_as_either_side_speaks(tunnel_to, speaker):
    def listen_or_speak(connection):
        talking, listening = (connection, client) if speaker == "instance" else (client, connection)
        ended.append(speak_and_listen(talking, listening))
        over.set()
        rest_of(connection)

    def speak_and_listen(talking, listening):
        until, sent = time.monotonic() + 1.5 * QUIET, 0
        while time.monotonic() < until:
            assert not is_readable(talking.socket, TICK), "it ended, or said something"
            talking.send(b".")
            sent += 1
            assert listening.read_exactly(1, SECONDS) == b"."
        return sent

    ended, over, begin = [], threading.Event(), threading.Event()
    client, upstream = tunnel_to(lambda connection: begin.wait(SECONDS) and listen_or_speak(connection), ROTA_TIMEOUTS_TUNNEL=f"{int(1000 * QUIET)}ms")
    begin.set()
    assert over.wait(SECONDS), upstream.errors
    assert ended[0] > 2
    assert rest_of(client)[1] == "reset"  # and where nobody does, its time is over


def test_a_client_that_takes_nothing_any_more_does_not_hold_its_instance_for_ever(tunnel_to):
    def pour(connection):
        connection.socket.settimeout(SECONDS)
        try:
            while True:
                connection.send(b"x" * 65_536)
        except TimeoutError:
            return
        except OSError:
            freed.set()

    freed = threading.Event()
    tunnel_to(pour, ROTA_TIMEOUTS_TUNNEL="300ms")
    assert freed.wait(SECONDS)


# ---- much


def pour_and_hash(end, data):
    """Sends `data` while it reads what comes, each to its end; the hash of what came."""

    def pour():
        end.send(data)
        end.finish()

    end.socket.settimeout(4 * SECONDS)
    pouring = threading.Thread(target=pour)
    pouring.start()
    came = hashlib.sha256(taken_of(end))
    while piece := end.socket.recv(MEGABYTE):
        came.update(piece)
    pouring.join(SECONDS)
    return came.hexdigest()


def test_twenty_megabytes_go_both_ways_at_once_and_arrive_whole(tunnel_to):
    def instance(connection):
        came.append(pour_and_hash(connection, down))

    up, down, came = os.urandom(20_000_000), os.urandom(20_000_000), []
    client, _ = tunnel_to(instance)
    assert pour_and_hash(client, up) == hashlib.sha256(down).hexdigest()
    eventually(lambda: came, SECONDS, "the instance's having it all")
    assert came == [hashlib.sha256(up).hexdigest()]


@pytest.mark.skipif(SANITIZED, reason="a sanitizer keeps its books beside rota's memory")
def test_an_idle_tunnel_is_small_also_after_much_has_gone_through_it(rota, raw_upstream):
    tunnels, much = 200, 300_000

    def send_back(connection):
        while (came := connection.read_exactly(much, SECONDS)) and connection.send(came) is None:
            pass

    balancer = rota(to=[raw_upstream(switching(send_back))], env={"ROTA_WORKERS": "1"})
    with ExitStack() as stack:

        def open_tunnel():
            client = stack.enter_context(Client(balancer.port))
            client.send(ASK)
            assert client.read_interim().status == 101
            client.send(b"x" * much)
            assert len(client.read_exactly(much, SECONDS)) == much

        for _ in range(10):
            open_tunnel()
        before = balancer.resident_bytes()
        for _ in range(tunnels):
            open_tunnel()
        each = (balancer.resident_bytes() - before) / tunnels
    # It holds the buffer that its request's head is in, and no other.
    assert each < 80 * 1024, each


# ---- what remains


def test_a_tunnel_is_one_line_in_the_access_log_once_it_has_ended(rota, raw_upstream):
    upstream = raw_upstream(switching(lambda connection: (connection.send(b"hello\n"), echo(connection))))
    balancer = rota(to=[upstream])
    with Client(balancer.port) as client:
        client.send(ASK + b"early\n")
        for line in (b"hello\n", b"EARLY\n"):
            assert client.read_interim().status == 101 if line == b"hello\n" else True
            assert client.read_until(b"\n", SECONDS) == line
        client.send(b"x" * 99_999 + b"\n")
        assert client.read_until(b"\n", SECONDS) == b"X" * 99_999 + b"\n"
        with Client(balancer.port) as other:
            assert other.ask(GET.replace(b" / ", b" /a/../b ")).status == 400
        eventually(lambda: balancer.output().count("\n"), SECONDS, "another request's line")
        assert '"status":101' not in balancer.output()
        client.finish()
        assert client.read_all() == b""
    _, tunnel = eventually(lambda: len(lines := balancer.output().splitlines()) == 2 and lines, SECONDS, "its line")
    line = json.loads(tunnel)
    assert (line["method"], line["path"], line["status"], line["error"]) == ("GET", "/chat", 101, None)
    assert (line["bytes_in"], line["bytes_out"]) == (100_006, 100_012)
    assert (line["service"], line["instance"], line["attempts"]) == ("default", upstream.address, 1)
    assert 0 < line["ttfb"] <= line["duration"]


# Each with a reason of its own, so that whoever reads the log can tell a limit of rota's from an instance that broke.
ENDINGS = {
    "its time was over": ({"ROTA_TIMEOUTS_TUNNEL": "300ms"}, lambda connection: rest_of(connection), lambda client: None, "connection_read_timeout"),
    "the client broke it": ({}, lambda connection: rest_of(connection), lambda client: client.reset(), "client_gone"),
    "the instance broke it": ({}, lambda connection: connection.reset(), lambda client: None, "http_response_incomplete"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_the_access_log_says_why_a_tunnel_broke(rota, raw_upstream, name):
    env, instance, break_it, error = ENDINGS[name]
    balancer = rota(to=[raw_upstream(switching(instance))], env=env)
    with Client(balancer.port) as client:
        client.send(ASK)
        assert client.read_interim().status == 101
        break_it(client)
        line = json.loads(eventually(lambda: balancer.output().strip(), SECONDS, "its line"))
    assert (line["status"], line["error"]) == (101, error)


# Where both directions have ended the kernel reports a hang-up, also while words wait to be read: that is no reset. Several times, because it shows only
# where that report comes while rota gives way to others.
def test_what_a_client_says_last_to_an_instance_that_has_ended_arrives_whole(rota, raw_upstream):
    def listen(connection):
        connection.finish()
        heard.append(rest_of(connection))

    heard, words = [], os.urandom(10_000_000)
    balancer = rota(to=[raw_upstream(switching(listen))])
    for number in range(8):
        with Client(balancer.port) as client:
            client.send(ASK)
            assert client.read_interim().status == 101
            assert rest_of(client) == (b"", "end")
            client.send(words)
            client.finish()
            eventually(lambda: len(heard) > number, SECONDS, "the instance's hearing the end")
        assert (len(heard[number][0]), heard[number][1]) == (len(words), "end") and heard[number][0] == words


def test_a_client_that_breaks_a_tunnel_its_instance_has_ended_is_a_reset_for_the_instance(tunnel_to):
    def listen(connection):
        connection.finish()
        assert connection.read_until(b"half", SECONDS)
        half.set()
        heard.append(rest_of(connection))

    half, heard = threading.Event(), []
    client, _ = tunnel_to(listen)
    assert rest_of(client) == (b"", "end")
    client.send(b"half")
    assert half.wait(SECONDS)
    client.reset()
    eventually(lambda: heard, SECONDS, "the instance's hearing of it")
    assert heard == [(b"", "reset")]  # an end would make the half a whole
