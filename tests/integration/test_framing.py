"""Where a message ends, and that rota and both its peers agree about it: bodies of every framing, interim answers, kept and closed connections."""

import hashlib
import select
import threading

import pytest
from support.rota import eventually, request
from support.wire import OK, SECONDS, Client, dechunked, parse, values_of

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
TWENTY_MB = 20_000_000


@pytest.fixture
def client_of(rota):
    """client_of(instance): a connection to a rota in front of it."""
    clients = []

    def connect(instance):
        clients.append(Client(rota(to=[instance]).port))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def pattern(size):
    """The body that the test instance makes."""
    return (b"abcdefghijklmnopqrstuvwxyz" * (size // 26 + 1))[:size]


# ---- requests


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get", "M-SEARCH"])
def test_a_request_without_a_body_stays_one(client_of, raw_upstream, method):
    upstream = raw_upstream(OK)
    assert client_of(upstream).ask(f"{method} /x HTTP/1.1\r\nHost: a\r\n\r\n".encode()).body == b"ok"
    assert upstream.received[0].startswith(f"{method} /x HTTP/1.1\r\n".encode()) and upstream.received[0].endswith(b"\r\n\r\n")
    assert not values_of(upstream.received[0], "Content-Length") and not values_of(upstream.received[0], "Transfer-Encoding")


@pytest.mark.parametrize("body", [b"", b"x", b"hello\r\n\r\n", bytes(range(256)) * 1000], ids=len)
def test_a_body_with_a_length_arrives_as_it_is(client_of, raw_upstream, body):
    upstream = raw_upstream(OK)
    client_of(upstream).ask(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    head, _, received = upstream.received[0].partition(b"\r\n\r\n")
    assert values_of(head, "Content-Length") == [b"%d" % len(body)] and received == body


def test_a_body_of_a_get_is_delivered_and_the_next_request_is_in_step(client_of, test_instance):
    client = client_of(test_instance())
    client.send(b"GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\nGET /status/404 HTTP/1.1\r\nHost: a\r\n\r\n123" + GET)
    assert client.read_answer().body == b"GET /status/404 HTTP/1.1\r\nHost: a\r\n\r\n123"
    assert client.read_answer().status == 200


# ---- responses


@pytest.mark.parametrize("size", [0, 1, 1000, 100_000])
@pytest.mark.parametrize("framing", ["bytes", "chunked", "close-delimited"])
def test_a_response_of_any_framing_reaches_a_client_that_stays(client_of, test_instance, framing, size):
    client = client_of(test_instance())
    for _ in range(2):
        answer = client.ask(f"GET /{framing}/{size} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert answer.body == pattern(size) and answer.headers["Connection"] is None
        assert ("Content-Length" in answer.headers) == (framing == "bytes")


@pytest.mark.parametrize("size", [0, 1, 1000, 100_000])
@pytest.mark.parametrize("framing", ["bytes", "chunked", "close-delimited"])
def test_a_response_of_any_framing_reaches_an_http_1_0_client(client_of, test_instance, framing, size):
    client = client_of(test_instance())
    client.send(f"GET /{framing}/{size} HTTP/1.0\r\nHost: a\r\n\r\n".encode())
    answer = parse(client.read_all())
    assert answer.body == pattern(size) and "Transfer-Encoding" not in answer.headers


def test_a_chunked_response_loses_its_extensions_and_keeps_its_trailers(client_of, raw_upstream):
    upstream = raw_upstream(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n")
    client = client_of(upstream)
    client.send(GET)
    assert client.read_head(SECONDS).endswith(b"Transfer-Encoding: chunked\r\n\r\n")
    assert dechunked(client._read_chunks(SECONDS)) == (b"abc", b"X-Sum: 1\r\n")


BODILESS = [
    (b"HEAD", b"200 OK\r\nContent-Length: 5", ["5"]),
    (b"HEAD", b"200 OK\r\nTransfer-Encoding: chunked", None),
    (b"HEAD", b"200 OK\r\nX: y", None),
    (b"GET", b"204 No Content\r\nX: y", None),
    (b"GET", b"204 No Content\r\nContent-Length: 0", None),
    (b"GET", b"304 Not Modified\r\nContent-Length: 5", ["5"]),
    (b"GET", b"304 Not Modified\r\nX: y", None),
    (b"GET", b"200 OK\r\nContent-Length: 0", ["0"]),
]


@pytest.mark.parametrize(("method", "head", "length"), BODILESS)
def test_an_answer_without_a_body_ends_with_its_head(client_of, raw_upstream, method, head, length):
    client = client_of(raw_upstream(b"HTTP/1.1 " + head + b"\r\n\r\n"))
    for _ in range(2):  # the second would meet whatever the first left behind
        client.send(method + b" / HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = client.read_interim()
        assert answer.status == int(head[:3]) and answer.headers.get_all("Content-Length") == length
    client.finish()
    assert client.read_all() == b""


# ---- interim answers

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


def test_interim_answers_reach_an_http_1_1_client(client_of, raw_upstream):
    client = client_of(raw_upstream(HINTS + HINTS + OK))
    client.send(GET)
    assert client.read_exactly(len(HINTS + HINTS + OK), SECONDS) == HINTS + HINTS + OK


def test_interim_answers_do_not_reach_an_http_1_0_client(client_of, raw_upstream):
    client = client_of(raw_upstream(HINTS + OK))
    client.send(b"GET / HTTP/1.0\r\n\r\n")
    assert client.read_all() == OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


EXPECT = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"


def test_who_expects_100_gets_one_then_sends_its_body_then_has_its_answer(client_of, test_instance):
    client = client_of(test_instance())
    for _ in range(2):
        client.send(EXPECT)
        assert client.read_interim().status == 100
        client.send(b"hello")
        assert client.read_interim().status == 200
        assert client.read_exactly(5, SECONDS) == b"hello"


def test_who_expects_100_and_sends_its_body_at_once_stays_in_step(client_of, test_instance):
    client = client_of(test_instance())
    client.send(EXPECT + b"hello" + EXPECT + b"world" + GET)
    assert [client.read_answer().body for _ in range(2)] == [b"hello", b"world"]
    assert client.read_answer().status == 200
    assert client.received.count(b" 100 ") <= 2


def test_an_answer_instead_of_100_is_final_and_leaves_nobody_out_of_step(rota, raw_upstream):
    def refuse(connection):
        connection.read_head(SECONDS)
        connection.send(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
        connection.wait_closed(SECONDS)

    upstream = raw_upstream(refuse)
    balancer = rota(to=[upstream])
    with Client(balancer.port) as client:
        assert client.ask(EXPECT).status == 401
        assert client.read_all() == b""  # whether the body still comes nobody knows, so the connection ends
    with Client(balancer.port) as other:
        assert other.ask(EXPECT).status == 401
    assert len(upstream.connections) == 2  # the instance's connection was as unsure


def test_100_is_not_for_http_1_0(client_of, raw_upstream):
    upstream = raw_upstream(b"HTTP/1.1 100 Continue\r\n\r\n" + OK)
    client = client_of(upstream)
    client.send(b"POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
    assert client.read_all().startswith(b"HTTP/1.1 200 OK\r\n")
    assert values_of(upstream.received[0], "Expect") == []


# ---- connections


def test_three_requests_in_one_write_are_answered_in_their_order(client_of, test_instance):
    client = client_of(test_instance())
    client.send(b"".join(b"GET /headers?%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(3)))
    assert [client.read_answer().body.split(b" ")[1] for _ in range(3)] == [b"/headers?0", b"/headers?1", b"/headers?2"]


def test_slow_ones_in_front_keep_their_place(client_of, test_instance):
    client = client_of(test_instance())
    client.send(b"GET /slow?ms=200 HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET /status/404 HTTP/1.1\r\nHost: a\r\n\r\n")
    answers = [client.read_answer() for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 404] and answers[1].body == b"hi"


def test_many_in_one_write_are_all_answered(client_of, test_instance):
    instance = test_instance()
    client = client_of(instance)
    client.send(GET * 2000)
    assert all(client.read_answer().status == 200 for _ in range(2000))
    assert len(instance.requests()) == 2000


def test_a_bad_one_behind_a_good_one_is_refused_and_the_connection_ends(client_of, raw_upstream):
    upstream = raw_upstream(OK)
    client = client_of(upstream)
    client.send(GET + b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n" + GET)
    assert client.read_answer().status == 200
    assert parse(client.read_all()).status == 400
    assert upstream.received[0].count(b"GET ") == 1


def test_http_1_0_closes_unless_it_asks_to_be_kept(client_of, test_instance):
    client = client_of(test_instance())
    for _ in range(2):
        answer = client.ask(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert (answer.status, answer.headers["Connection"]) == (200, "keep-alive")
    assert client.ask(b"GET / HTTP/1.0\r\n\r\n").headers["Connection"] == "close"
    assert client.read_all() == b""


@pytest.mark.parametrize("value", [b"close", b"Close", b"keep-alive, close", b"x,\tCLOSE ,y"])
def test_connection_close_of_a_client_is_honoured(client_of, test_instance, value):
    client = client_of(test_instance())
    answer = client.ask(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: " + value + b"\r\n\r\n" + GET)
    assert answer.headers["Connection"] == "close"
    assert client.read_all() == b""


def test_connection_close_of_an_instance_is_its_own_affair(client_of, raw_upstream):
    def close(connection):
        connection.read_request(SECONDS)
        connection.send(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    upstream = raw_upstream(close)
    client = client_of(upstream)
    assert [client.ask(GET).headers["Connection"] for _ in range(3)] == [None] * 3
    assert len(upstream.connections) == 3


def test_a_kept_connection_to_an_instance_is_used_again(client_of, raw_upstream):
    upstream = raw_upstream(OK)
    client = client_of(upstream)
    assert all(client.ask(GET).body == b"ok" for _ in range(10))
    assert len(upstream.connections) == 1 and upstream.received[0].count(b"GET / HTTP/1.1") == 10


# A client may end its direction and still want its answer. A slow one takes longer than rota waits before it asks whether the client is there at all.
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
@pytest.mark.parametrize("path", [b"/", b"/slow?ms=300", b"/bytes/1000000", b"/chunked/1000000"])
def test_who_ends_its_direction_after_the_request_gets_its_answer(client_of, test_instance, path, version):
    client = client_of(test_instance())
    client.send(b"GET " + path + b" HTTP/" + version + b"\r\nHost: a\r\n\r\n")
    client.finish()
    answer = client.read_answer()
    assert answer.status == 200 and len(answer.body) == (1_000_000 if b"1000000" in path else 57)
    assert client.read_all() == b""


def test_who_ends_its_direction_behind_three_requests_gets_three_answers(client_of, test_instance):
    client = client_of(test_instance())
    client.send(b"GET /slow?ms=100 HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
    client.finish()
    assert [client.read_answer().status for _ in range(3)] == [200] * 3
    assert client.read_all() == b""


# Sent with the request, that end may be noticed only when the answer has begun: nothing on the wire tells the two apart.
def test_an_end_that_is_noticed_behind_the_first_bytes_of_the_answer_does_not_cut_it(client_of, raw_upstream):
    def script(connection):
        connection.read_request(SECONDS)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + b"x" * 5000)
        assert finished.wait(SECONDS)
        for _ in range(50):
            connection.send(b"x" * 100)
        connection.wait_closed(SECONDS)

    finished = threading.Event()
    client = client_of(raw_upstream(script))
    client.send(GET)
    assert client.read_head(SECONDS)
    client.finish()
    finished.set()
    assert client.read_all() == b"x" * 10_000


def test_the_end_of_a_clients_direction_never_cuts_its_answer(rota, test_instance):
    port, size = rota(to=[test_instance()]).port, 300_000
    short = []
    for _ in range(500):
        with Client(port) as client:
            client.send(b"GET /bytes/%d HTTP/1.1\r\nHost: a\r\n\r\n" % size)
            client.finish()
            received = client.read_all()
            if len(received.partition(b"\r\n\r\n")[2]) != size:
                short.append(len(received))
    assert short == []


@pytest.mark.parametrize("said", [b"", GET, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi\r\n"], ids=["none", "GET", "POST and an empty line"])
def test_a_connection_that_rests_too_long_ends_without_a_word(rota, test_instance, said):
    balancer = rota(to=[test_instance()], env={"ROTA_LIMITS_IDLE": "200ms", "ROTA_LIMITS_HEADER_TIMEOUT": "200ms"})
    with Client(balancer.port) as client:
        if said:
            assert client.ask(said).status == 200
        assert client.read_all() == b""


def test_an_empty_line_behind_an_answer_does_not_begin_a_request(rota, test_instance):
    balancer = rota(to=[test_instance()], env={"ROTA_LIMITS_HEADER_TIMEOUT": "200ms", "ROTA_LIMITS_IDLE": "1s"})
    with Client(balancer.port) as client:
        assert client.ask(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").status == 200
        client.send(b"\r\n")
        assert client.read_all() == b""


def test_empty_lines_around_a_request_are_forgiven(client_of, test_instance):
    client = client_of(test_instance())
    assert client.ask(b"\r\n" + GET + b"\r\n").status == 200
    assert client.ask(GET).status == 200
    client.send(b"\r")
    client.send(b"\n")
    assert client.ask(GET).status == 200


# ---- large bodies


def test_twenty_megabytes_come_back_as_they_were_sent(rota, test_instance):
    body = hashlib.shake_128(b"rota").digest(TWENTY_MB)
    answer = request(rota(to=[test_instance()]).port, "POST", "/echo", body=body, seconds=60)
    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(body).digest()


def test_twenty_megabytes_in_chunks_come_back_as_they_were_sent(rota, test_instance):
    body = hashlib.shake_128(b"rota").digest(TWENTY_MB)
    pieces = (body[at : at + 70_001] for at in range(0, len(body), 70_001))  # http.client makes each a chunk
    answer = request(rota(to=[test_instance()]).port, "POST", "/echo", body=pieces, seconds=60)
    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(body).digest()


@pytest.mark.parametrize("framing", ["bytes", "chunked", "close-delimited"])
def test_twenty_megabytes_are_downloaded_whole(rota, test_instance, framing):
    answer = request(rota(to=[test_instance()]).port, "GET", f"/{framing}/{TWENTY_MB}", seconds=60)
    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(pattern(TWENTY_MB)).digest()


LARGE = 64 << 20  # more than all the kernel's buffers on the way
MOST_HELD = 16 << 20  # of it in rota, the allocator of a sanitizer included


def send_until_stuck(connection, size):
    """Sends pattern(size) as far as somebody takes it; how much that was. Half a second without a byte is being stuck."""
    connection.setblocking(False)
    sent, piece = 0, pattern(26 * 10_000)
    while sent < size and select.select([], [connection], [], 0.5)[1]:
        sent += connection.send(piece[sent % 26 :][: size - sent])
    connection.settimeout(SECONDS)
    return sent


def receive_hash(connection, size, begun=b""):
    digest, left = hashlib.sha256(begun), size - len(begun)
    while left > 0 and (piece := connection.recv(min(left, 1 << 20))):
        digest.update(piece)
        left -= len(piece)
    return digest.digest()


@pytest.mark.slow
def test_a_slow_reader_slows_its_instance_and_fills_no_memory(rota, raw_upstream):
    stuck = []

    def send_large(connection):
        connection.read_request(SECONDS)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE)
        stuck.append(send_until_stuck(connection.socket, LARGE))
        connection.socket.sendall(pattern(26 + LARGE)[stuck[0] % 26 :][: LARGE - stuck[0]])
        connection.wait_closed(SECONDS)

    balancer = rota(to=[raw_upstream(send_large)])
    with Client(balancer.port) as client:
        before = balancer.resident_bytes()
        client.send(GET)
        eventually(lambda: stuck, SECONDS, "the instance being slowed down")
        assert stuck[0] < LARGE and balancer.resident_bytes() - before < MOST_HELD
        client.read_head(SECONDS)
        begun = client.received.partition(b"\r\n\r\n")[2]
        assert receive_hash(client.socket, LARGE, begun) == hashlib.sha256(pattern(LARGE)).digest()


@pytest.mark.slow
def test_a_slow_instance_slows_its_uploader_and_fills_no_memory(rota, raw_upstream):
    go_on, digests = threading.Event(), []

    def receive_large(connection):
        while not connection.received.endswith(b"\r\n\r\n"):
            connection.received += connection.socket.recv(1)
        go_on.wait(SECONDS)
        digests.append(receive_hash(connection.socket, LARGE))
        connection.send(OK)
        connection.wait_closed(SECONDS)

    balancer = rota(to=[raw_upstream(receive_large)])
    with Client(balancer.port) as client:
        before = balancer.resident_bytes()
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % LARGE)
        stuck = send_until_stuck(client.socket, LARGE)
        assert stuck < LARGE and balancer.resident_bytes() - before < MOST_HELD
        go_on.set()
        client.socket.sendall(pattern(26 + LARGE)[stuck % 26 :][: LARGE - stuck])
        assert client.read_answer().status == 200
    assert digests == [hashlib.sha256(pattern(LARGE)).digest()]


def test_what_an_instance_sends_arrives_as_it_is_sent(client_of, raw_upstream):
    seen = threading.Event()

    def events(connection):
        connection.read_request(SECONDS)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n")
        assert seen.wait(SECONDS)  # the client has the first before there is a second
        connection.send(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n")
        connection.wait_closed(SECONDS)

    client = client_of(raw_upstream(events))
    client.send(GET)
    assert client.read_until(b"data: 1\n\n", SECONDS)
    seen.set()
    assert client.read_until(b"data: 2\n\n", SECONDS)


def test_what_a_client_sends_arrives_as_it_is_sent(client_of, raw_upstream):
    upstream = raw_upstream(OK)
    client = client_of(upstream)
    client.send(CHUNKED + b"5\r\nfirst\r\n")
    eventually(lambda: upstream.received and b"first" in upstream.received[0], SECONDS, "the first piece being there")
    assert client.ask(b"6\r\nsecond\r\n0\r\n\r\n").status == 200
