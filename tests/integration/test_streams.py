"""What is sent arrives when it is sent, not when a buffer is full: server-sent events, long polls, uploads and answers in lock-step, each step being taken
only when the one before it has been seen at the other end. And answers that come while their request is still on its way."""

import re
import threading
import time
from queue import Empty, Queue

import pytest
from support.rota import eventually
from support.wire import OK, SECONDS, Client, parse

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
EVENTS = 50
# All the steps of one stream together, each to the other end and back. They take some milliseconds; where each waited for a delayed
# acknowledgement (40 ms), it would be two seconds.
PROMPT = 1.5


class Steps:
    """What one end has seen, as the other end hears of it: the test's own way round rota."""

    def __init__(self):
        self._seen = Queue()

    def saw(self, number):
        self._seen.put(number)

    def wait_for(self, number):
        try:
            seen = self._seen.get(timeout=SECONDS)
        except Empty:
            raise AssertionError(f"{number} was not seen") from None
        assert seen == number


def event(number):
    return b"id: %d\ndata: x\n\n" % number


def chunk(payload):
    return b"%x\r\n%s\r\n" % (len(payload), payload)


def raw(payload):
    return payload


ALL_EVENTS = b"".join(map(event, range(EVENTS)))
# How an instance frames its events: its head's fields, what makes a piece of an event, and the end.
FRAMINGS = {
    "chunked": (b"Transfer-Encoding: chunked\r\n", chunk, b"0\r\n\r\n"),
    "close-delimited": (b"Connection: close\r\n", raw, b""),
    "length": (b"Content-Length: %d\r\n" % len(ALL_EVENTS), raw, b""),
}


@pytest.fixture
def client_of(rota):
    """client_of(upstream): a connection to a rota in front of it."""
    clients = []

    def connect(upstream):
        clients.append(Client(rota(to=[upstream]).port))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


# ---- down


@pytest.mark.parametrize("version", [b"1.1", b"1.0"], ids=["HTTP/1.1", "HTTP/1.0"])
@pytest.mark.parametrize("framing", FRAMINGS)
def test_each_event_is_there_before_the_next_is_sent(client_of, raw_upstream, framing, version):
    def stream(connection):
        connection.read_request(SECONDS)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + fields + b"\r\n")
        for number in range(EVENTS):
            connection.send(framed(event(number)))
            steps.wait_for(number)
        connection.send(end)

    (fields, framed, end), steps = FRAMINGS[framing], Steps()
    client = client_of(raw_upstream(stream))
    client.send(b"GET / HTTP/" + version + b"\r\nHost: a\r\nConnection: close\r\n\r\n")
    head = client.read_head(SECONDS)
    began = time.monotonic()
    for number in range(EVENTS):
        assert client.read_until(event(number), SECONDS), f"event {number} is held back"
        steps.saw(number)
    took = time.monotonic() - began
    client.read_all()
    body = client.received.removeprefix(head)
    in_chunks = version == b"1.1" and framing != "length"
    assert (b"\r\nTransfer-Encoding: chunked\r\n" in head) == in_chunks
    assert body == (b"".join(chunk(event(number)) for number in range(EVENTS)) + b"0\r\n\r\n" if in_chunks else ALL_EVENTS)
    assert took < PROMPT


@pytest.mark.parametrize("framing", FRAMINGS)
def test_the_head_of_a_long_poll_is_there_before_its_body(client_of, raw_upstream, framing):
    def poll(connection):
        connection.read_request(SECONDS)
        connection.send(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n")
        steps.wait_for("head")
        connection.send(framed(ALL_EVENTS) + end)

    (fields, framed, end), steps = FRAMINGS[framing], Steps()
    client = client_of(raw_upstream(poll))
    client.send(GET)
    assert client.read_head(SECONDS).startswith(b"HTTP/1.1 200 OK\r\n"), "the head is held back"
    steps.saw("head")
    assert client.read_until(event(EVENTS - 1), SECONDS)


# Longer than any of the timeouts that are not about an answer, and about no body that has begun.
QUIET = 0.8
OTHERS = {name: "200ms" for name in ("ROTA_LIMITS_IDLE", "ROTA_LIMITS_HEADER_TIMEOUT", "ROTA_TIMEOUTS_CONNECT", "ROTA_TIMEOUTS_KEEP", "ROTA_TIMEOUTS_BODY")}


def test_a_poll_that_is_answered_late_is_not_cut(rota, raw_upstream):
    def poll(connection):
        while connection.read_request(SECONDS):
            go_on.wait(SECONDS)
            connection.send(OK)

    go_on = threading.Event()
    with Client(rota(to=[raw_upstream(poll)], env=OTHERS).port) as client:
        for data in (GET, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"):
            go_on.clear()
            before = client.received
            client.send(data)
            assert not client.wait_closed(QUIET) and client.received == before
            go_on.set()
            assert client.read_answer().body == b"ok"


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_stream_that_rests_longer_than_an_answer_may_take_goes_on(rota, raw_upstream, framing):
    def stream(connection):
        connection.read_request(SECONDS)
        connection.send(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n" + framed(event(0)))
        steps.wait_for(0)
        connection.send(framed(ALL_EVENTS.removeprefix(event(0))) + end)

    (fields, framed, end), steps = FRAMINGS[framing], Steps()
    env = OTHERS | {"ROTA_TIMEOUTS_RESPONSE": "200ms", "ROTA_TIMEOUTS_BODY": "1m"}
    with Client(rota(to=[raw_upstream(stream)], env=env).port) as client:
        client.send(GET)
        assert client.read_until(event(0), SECONDS)
        assert not client.wait_closed(QUIET)
        steps.saw(0)
        assert client.read_until(event(EVENTS - 1), SECONDS)


# ---- up

PIECES = [b"piece %d;" % number for number in range(EVENTS)]
UPLOADS = {"chunked": (b"Transfer-Encoding: chunked\r\n", chunk, b"0\r\n\r\n"), "length": (b"Content-Length: %d\r\n" % len(b"".join(PIECES)), raw, b"")}


@pytest.mark.parametrize("framing", UPLOADS)
def test_each_piece_of_an_upload_is_there_before_the_next_is_sent(client_of, raw_upstream, framing):
    def take(connection):
        connection.read_head(SECONDS)
        for number, piece in enumerate(PIECES):
            assert connection.read_until(framed(piece), SECONDS), f"piece {number} is held back"
            steps.saw(number)
        connection.read_exactly(len(end), SECONDS)
        connection.send(OK)

    (fields, framed, end), steps = UPLOADS[framing], Steps()
    upstream = raw_upstream(take)
    client = client_of(upstream)
    began = time.monotonic()
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n")
    for number, piece in enumerate(PIECES):
        client.send(framed(piece))
        steps.wait_for(number)
    client.send(end)
    assert client.read_answer().body == b"ok"
    assert time.monotonic() - began < PROMPT
    assert upstream.received[0].partition(b"\r\n\r\n")[2] == b"".join(map(framed, PIECES)) + end


# ---- both ways at once


@pytest.mark.parametrize("framing", UPLOADS)
def test_an_instance_may_answer_each_piece_before_the_next_goes_up(client_of, raw_upstream, framing):
    def echo(connection):
        connection.read_head(SECONDS)
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in PIECES:
            assert connection.read_until(framed(piece), SECONDS)
            connection.send(chunk(piece.upper()))
        connection.read_exactly(len(end), SECONDS)
        connection.send(b"0\r\n\r\n")

    fields, framed, end = UPLOADS[framing]
    client = client_of(raw_upstream(echo))
    began = time.monotonic()
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n")
    assert client.read_head(SECONDS).startswith(b"HTTP/1.1 200 OK\r\n")
    for piece in PIECES:
        client.send(framed(piece))
        assert client.read_until(b"\r\n", SECONDS) + client.read_until(b"\r\n", SECONDS) == chunk(piece.upper())
    client.send(end)
    assert client.read_all() == b"0\r\n\r\n"  # an answer that came before its request's end is the connection's last
    assert time.monotonic() - began < PROMPT


# ---- answers that come early

REASON = b"no" * 50_000
# What the client has said when it is answered, and what it says before it has read that: less than rota is ready to drop.
BEGUN = {
    "length": (b"Content-Length: 2000000\r\n\r\n" + b"x" * 1000, b"x" * 500_000),
    "chunked": (b"Transfer-Encoding: chunked\r\n\r\n" + chunk(b"x" * 1000), chunk(b"x" * 50_000) * 10),
}


@pytest.mark.parametrize("framing", BEGUN)
@pytest.mark.parametrize("status", [b"401", b"413", b"200"])
def test_an_early_answer_is_there_at_once_and_no_reset_overtakes_it(client_of, raw_upstream, status, framing):
    def refuse(connection):
        connection.read_head(SECONDS)
        connection.send(b"HTTP/1.1 " + status + b" Early\r\nContent-Length: %d\r\n\r\n" % len(REASON) + REASON)
        closed.append(connection.wait_closed(SECONDS))

    closed, (begun, more) = [], BEGUN[framing]
    upstream = raw_upstream(refuse)
    client = client_of(upstream)
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + begun)
    head = client.read_head(SECONDS)  # nothing more was sent: it is not waited for
    assert head.startswith(b"HTTP/1.1 " + status) and b"\r\nConnection: close\r\n" in head
    eventually(lambda: closed == [True], SECONDS, "rota being done with it")
    client.send(more)
    received = client.received.removeprefix(head)
    while piece := client.socket.recv(65_536):  # a reset raises
        received += piece
    assert received == REASON
    assert len(upstream.connections) == 1


@pytest.mark.parametrize("framing", BEGUN)
@pytest.mark.parametrize("status", [b"401", b"413"])
def test_an_instances_connection_with_half_a_request_in_it_is_not_used_again(rota, raw_upstream, status, framing):
    def refuse_uploads(connection):
        while head := connection.read_head(SECONDS):
            connection.send(b"HTTP/1.1 " + status + b" Early\r\nContent-Length: 2\r\n\r\nno" if head.startswith(b"POST") else OK)

    upstream = raw_upstream(refuse_uploads)
    balancer = rota(to=[upstream], env={"ROTA_WORKERS": "1"})
    for _ in range(3):
        with Client(balancer.port) as uploader, Client(balancer.port) as other:
            uploader.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + BEGUN[framing][0])
            assert parse(uploader.read_all()).status == int(status)
            assert other.ask(GET).body == b"ok"
    # The first POST had a connection of its own, and each later one took that which the GET before it had left.
    assert [re.findall(rb"(?m)^(GET|POST) / HTTP/1\.1\r$", received) for received in upstream.received] == [[b"POST"]] + [[b"GET", b"POST"]] * 2 + [[b"GET"]]


# ---- many

STREAMS = 200


def test_many_slow_streams_hold_up_nobody(rota, raw_upstream):
    def answer(connection):
        while head := connection.read_request(SECONDS):
            if b"GET /events " not in head:
                connection.send(OK)
                continue
            streams.append(connection)
            connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            assert over.wait(SECONDS)
            connection.send(b"0\r\n\r\n")

    streams, over = [], threading.Event()
    balancer = rota(to=[raw_upstream(answer)])
    clients = [Client(balancer.port) for _ in range(STREAMS)]
    for client in clients:
        client.send(GET.replace(b" / ", b" /events "))
    assert all(client.read_head(SECONDS).startswith(b"HTTP/1.1 200 OK\r\n") for client in clients)
    assert len(streams) == STREAMS
    for number in range(3):
        began = time.monotonic()
        for _ in range(5):
            with Client(balancer.port) as other:
                assert [other.ask(GET).body for _ in range(20)] == [b"ok"] * 20
        assert time.monotonic() - began < PROMPT
        for connection in streams:
            connection.send(chunk(event(number)))
        assert all(client.read_until(event(number), SECONDS) for client in clients)
    over.set()
    for client in clients:
        assert client.read_until(b"0\r\n\r\n", SECONDS)
        client.close()
