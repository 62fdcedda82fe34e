"""Instances that are not there, lie, stall or die, and clients that leave: nothing is done twice, nothing half passes for a whole, and rota stays well."""

import http.client
import os
import re
import select
import socket
import threading
import time

import pytest
from support.rota import eventually, free_port, request
from support.wire import OK, SECONDS, Client, assert_own, parse

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
# "Within a second", with room for a slow build. The timeouts that would end it otherwise are 30 seconds and more.
GONE = 8.0


def close_after_request(connection):
    connection.read_request(SECONDS)


def reset_after_request(connection):
    connection.read_request(SECONDS)
    connection.reset()


def wait_for_the_end(connection):
    connection.read_request(SECONDS)
    connection.wait_closed(SECONDS)


def once(answer):
    """A script that says this to its first request, and then waits for the end."""

    def script(connection):
        connection.read_request(SECONDS)
        connection.send(answer)
        connection.wait_closed(SECONDS)

    return script


def heads(upstream):
    """How many requests reached it, over all its connections."""
    return sum(len(re.findall(rb"(?m)^[A-Z]+ \S+ HTTP/1\.1\r$", received)) for received in upstream.received)


def nowhere():
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def ask(rota):
    """ask(upstream, request): the answer, over a connection that rota may or may not close."""

    def ask(upstream, data, method="GET"):
        with Client(rota(to=[upstream]).port) as client:
            return client.ask(data, method)

    return ask


# ---- not there


@pytest.mark.parametrize("data", [GET, POST], ids=["GET", "POST"])
def test_where_one_of_two_refuses_the_other_answers(rota, test_instance, data):
    instance = test_instance()
    with Client(rota(to=[nowhere(), instance]).port) as client:
        assert all(client.ask(data).status == 200 for _ in range(50))
    assert len(instance.requests()) == 50


@pytest.mark.parametrize("data", [GET, POST, b"GET / HTTP/1.0\r\n\r\n"], ids=["GET", "POST", "1.0"])
def test_where_all_refuse_it_is_503_at_once(rota, data):
    with Client(rota(to=[nowhere(), nowhere(), nowhere()]).port) as client:
        began = time.monotonic()
        answer = client.ask(data)
        assert time.monotonic() - began < 5.0  # at once, on a slow build; rota's own patience with a connect is 1 s each
    assert assert_own(answer, 503, "destination_unavailable")["title"] == "No available instances"
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_503_leaves_the_connection_open_for_the_next_request(rota, test_instance):
    port = free_port()
    with Client(rota(to=[f"127.0.0.1:{port}"]).port) as client:
        assert client.ask(GET).status == 503
        assert client.ask(POST).status == 503
        assert client.ask(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD").status == 503
        test_instance(port=port)
        assert client.ask(GET).status == 200


def test_a_body_that_nobody_took_is_not_taken_for_the_next_request(rota):
    with Client(rota(to=[nowhere()]).port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + GET * 100)
        assert_own(parse(client.read_all()), 503, "destination_unavailable")


def test_a_unix_socket_that_is_not_there_is_503(rota, tmp_path):
    assert request(rota(to=[f"unix:{tmp_path}/none.sock"]).port).status == 503


def test_an_instance_that_does_not_take_the_connection_in_time_is_passed_over(rota, test_instance):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.create_connection(full.getsockname()):
        address, instance = "127.0.0.1:%d" % full.getsockname()[1], test_instance()
        text = "defaults: { timeouts: { connect: 300ms } }\nservices: { app: { instances: [%s, %s] } }"
        balancer = rota(text % (address, instance.address))
        assert [request(balancer.port).status for _ in range(4)] == [200] * 4


# ---- lies, where the rows of tests/conformance cannot show it

ENDLESS = {"reason": b"HTTP/1.1 200 ", "field": b"HTTP/1.1 200 OK\r\nX: ", "fields": b"HTTP/1.1 200 OK\r\n"}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_head_without_an_end_is_502_and_its_connection_ends(ask, raw_upstream, name):
    closed = threading.Event()

    def endless(connection):
        connection.read_request(SECONDS)
        try:
            connection.send(ENDLESS[name])
            while True:
                connection.send(b"X: y\r\n" * 1000 if name == "fields" else b"x" * 6000)
        except OSError:
            closed.set()

    assert_own(ask(raw_upstream(endless), GET), 502, "http_response_header_section_size")
    assert closed.wait(GONE)


# ---- dies


@pytest.mark.parametrize("script", [close_after_request, reset_after_request])
@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS"])
def test_what_may_be_done_twice_is_done_elsewhere(rota, raw_upstream, test_instance, script, method):
    dying, instance = raw_upstream(script), test_instance()
    with Client(rota(to=[dying, instance]).port) as client:
        for _ in range(4):
            assert client.ask(method + b" / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", method.decode()).status == 200
    assert [words[0] for words in instance.requests()] == [method.decode()] * 4
    assert heads(dying) >= 1


@pytest.mark.parametrize("script", [close_after_request, reset_after_request])
@pytest.mark.parametrize("method", [b"POST", b"PATCH", b"LOCK"])
def test_what_may_not_be_done_twice_is_502(rota, raw_upstream, script, method):
    first, second = raw_upstream(script), raw_upstream(script)
    with Client(rota(to=[first, second]).port) as client:
        assert_own(client.ask(method + b" / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"), 502, "connection_terminated")
    assert heads(first) + heads(second) == 1


def test_trying_elsewhere_has_an_end(rota, raw_upstream):
    dying = [raw_upstream(close_after_request) for _ in range(4)]
    with Client(rota(to=dying).port) as client:
        assert_own(client.ask(GET), 502, "connection_terminated")
    assert list(map(heads, dying)) == [1, 1, 1, 1]


def test_an_upload_that_cannot_be_repeated_is_not(rota, raw_upstream):
    def read_some(connection):
        connection.read_exactly(50_000, SECONDS)

    first, second = raw_upstream(read_some), raw_upstream(read_some)
    with Client(rota(to=[first, second]).port) as client:
        client.send(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + b"x" * 60_000)
        assert_own(parse(client.read_all()), 502, "connection_terminated")
    assert heads(first) + heads(second) == 1


def test_a_post_on_a_kept_connection_that_dies_is_not_sent_twice(rota, raw_upstream):
    def script(connection):
        connection.read_request(SECONDS)
        connection.send(OK)
        connection.read_head(SECONDS)

    upstream = raw_upstream(script)
    with Client(rota(to=[upstream]).port) as client:
        assert client.ask(GET).body == b"ok"
        assert_own(client.ask(POST), 502, "connection_terminated")
    assert heads(upstream) == 2


def test_an_instance_that_is_started_again_is_found_without_a_failure(rota, test_instance):
    instance = test_instance()
    with Client(rota(to=[instance]).port) as client:
        for _ in range(5):
            assert client.ask(POST).status == 200
            instance.stop()
            instance.start()
    assert len(instance.requests()) == 5


def test_one_that_is_killed_under_load_costs_nothing_that_may_be_repeated(rota, test_instance):
    instances = [test_instance(f"instance-{number}") for number in (1, 2, 3)]
    with Client(rota(to=instances).port) as client:
        for number in range(600):
            if number == 300:
                instances[1].expect_dead()
            assert client.ask(GET).status == 200


# ---- half an answer is never a whole one

HALVES = {
    "half its length": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 50,
    "none of its length": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
    "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n32\r\n" + b"x" * 50 + b"\r\n",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + b"x" * 50,
    "half a last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n32\r\n" + b"x" * 50 + b"\r\n0\r\n",
    "half a trailer": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n32\r\n" + b"x" * 50 + b"\r\n0\r\nX: y\r\n",
    "a bad chunk later": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9c40\r\n" + b"x" * 40_000 + b"\r\nbad\r\n",
}


@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("name", HALVES)
def test_half_an_answer_is_seen_to_be_half(rota, raw_upstream, name, end):
    def script(connection):
        connection.read_request(SECONDS)
        connection.send(HALVES[name])
        seen.wait(SECONDS)
        getattr(connection, end)()

    seen = threading.Event()
    with Client(rota(to=[raw_upstream(script)]).port) as client:
        client.send(GET)
        assert client.read_head(SECONDS).startswith(b"HTTP/1.1 200 OK\r\n")
        seen.set()
        body = client.read_all()  # rota closes: nothing else could follow
    assert len(body) < 100 or b"chunked" in client.received
    assert not body.endswith(b"0\r\n\r\n") and b"HTTP/1.1" not in body


# To HTTP/1.0, the end of the connection is the end of the body, so a clean one would say that this was all.
@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("name", [name for name in HALVES if b"chunked" in HALVES[name]])
def test_half_an_answer_does_not_end_cleanly_for_http_1_0(rota, raw_upstream, name, end):
    def script(connection):
        connection.read_request(SECONDS)
        connection.send(HALVES[name])
        seen.wait(SECONDS)
        getattr(connection, end)()

    seen = threading.Event()
    with Client(rota(to=[raw_upstream(script)]).port) as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        assert client.read_head(SECONDS).startswith(b"HTTP/1.1 200 OK\r\n")
        seen.set()
        client.socket.settimeout(SECONDS)
        with pytest.raises(ConnectionResetError):
            while client.socket.recv(65536):
                pass


# A short answer that breaks off at once has not been passed on yet: it is an error, or somebody else's to answer.
@pytest.mark.parametrize("size", [1, 1000])
def test_an_instance_that_resets_in_the_middle_of_a_short_answer_is_502(rota, test_instance, size):
    balancer = rota(to=[test_instance()])
    assert request(balancer.port, path=f"/abort/{size}").status == 502
    assert request(balancer.port).status == 200


def test_an_instance_that_resets_in_the_middle_is_a_broken_download(rota, test_instance):
    balancer, size = rota(to=[test_instance()]), 1_000_000
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        request(balancer.port, path=f"/abort/{size}")
    assert request(balancer.port).status == 200


def test_a_close_delimited_answer_that_is_reset_is_not_whole(rota, raw_upstream):
    def script(connection):
        connection.read_request(SECONDS)
        connection.send(b"HTTP/1.1 200 OK\r\n\r\nhello")
        seen.wait(SECONDS)
        connection.reset()

    seen = threading.Event()
    with Client(rota(to=[raw_upstream(script)]).port) as client:
        client.send(GET)
        assert client.read_until(b"hello", SECONDS)
        seen.set()
        assert not client.read_all().endswith(b"0\r\n\r\n")


# ---- stalls

SHORT = "defaults: {{ timeouts: {{ response: 300ms, body: {body} }} }}\nservices: {{ app: {{ instances: [{address}] }} }}"


@pytest.mark.parametrize("data", [GET, POST], ids=["GET", "POST"])
def test_an_answer_that_does_not_come_in_time_is_504(rota, raw_upstream, data):
    upstream = raw_upstream(wait_for_the_end)
    with Client(rota(SHORT.format(address=upstream.address, body="1m")).port) as client:
        assert_own(client.ask(data), 504, "http_response_timeout")
    assert heads(upstream) == 1  # it may be at work on it: once is enough
    assert upstream.connections[0].wait_closed(GONE)


def test_an_answer_whose_head_stalls_is_504(rota, raw_upstream):
    upstream = raw_upstream(once(b"HTTP/1.1 200 OK\r\nContent-"))
    assert_own(Client(rota(SHORT.format(address=upstream.address, body="1m")).port).ask(GET), 504, "http_response_timeout")


def test_a_slow_upload_is_not_a_slow_answer(rota, test_instance):
    instance = test_instance()
    with Client(rota(SHORT.format(address=instance.address, body="1m")).port) as client:
        client.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        for byte in b"hello":
            assert not client.wait_closed(0.1)  # the upload takes longer than an answer may
            client.send(bytes([byte]))
        assert client.read_answer().body == b"hello"


def test_a_body_that_stalls_ends_visibly(rota, raw_upstream):
    upstream = raw_upstream(once(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"))
    with Client(rota(SHORT.format(address=upstream.address, body="300ms")).port) as client:
        client.send(GET)
        assert client.read_until(b"hello", SECONDS)
        assert client.read_all() == b""
    assert upstream.connections[0].wait_closed(GONE)


def test_an_upload_that_stalls_is_408_and_is_given_up(rota, raw_upstream):
    upstream = raw_upstream(lambda connection: connection.wait_closed(SECONDS))
    with Client(rota(SHORT.format(address=upstream.address, body="300ms")).port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhello")
        assert_own(parse(client.read_all()), 408, "http_request_error")
    assert upstream.connections[0].wait_closed(GONE)


def test_a_client_that_takes_nothing_is_given_up_and_its_instance_with_it(rota, raw_upstream):
    upstream = raw_upstream(download)
    with Client(rota(SHORT.format(address=upstream.address, body="300ms")).port) as client:
        client.send(GET)
        eventually(lambda: upstream.connections and upstream.connections[0].peer_closed, SECONDS, "rota closing the instance's connection")


def test_a_connection_that_rests_too_long_is_not_kept(rota, raw_upstream):
    upstream = raw_upstream(once(OK))
    text = "defaults: { timeouts: { keep: 200ms } }\nservices: { app: { instances: [%s] } }" % upstream.address
    with Client(rota(text).port) as client:
        assert client.ask(GET).body == b"ok"
        eventually(lambda: upstream.connections[0].peer_closed, GONE, "rota closing it")
        assert client.ask(GET).body == b"ok"


# ---- speaks early


def test_an_answer_that_comes_before_the_upload_is_over_reaches_the_client(rota, raw_upstream):
    def refuse(connection):
        connection.read_head(SECONDS)
        connection.send(b"HTTP/1.1 413 Too much\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")

    balancer = rota(to=[raw_upstream(refuse)])
    with Client(balancer.port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n")
        piece = b"x" * 65_536
        while not select.select([client.socket], [], [], 0)[0]:  # as curl does: it uploads until it hears something
            try:
                client.send(piece)
            except OSError:
                break
        assert client.read_answer().status == 413
        assert client.received.endswith(b"no")


def test_an_answer_that_begins_before_the_upload_is_over_leaves_nobody_out_of_step(rota, raw_upstream):
    def early(connection):
        connection.read_head(SECONDS)
        connection.send(OK)
        connection.wait_closed(SECONDS)

    upstream = raw_upstream(early)
    balancer = rota(to=[upstream], env={"ROTA_WORKERS": "1"})
    for _ in range(2):
        with Client(balancer.port) as client:
            client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + b"x" * 10)
            assert client.read_answer().body == b"ok"
            client.send(GET * 20)  # of the body, or too late: in neither case requests
            client.finish()
            assert b"HTTP/1.1 200" not in client.read_all()
    assert len(upstream.connections) == 2 and heads(upstream) == 2


# ---- clients that leave


def download(connection):
    connection.read_request(SECONDS)
    try:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            connection.send(b"x" * 65_536)
    except OSError:
        pass
    connection.peer_closed = True


EVENT = b"9\r\ndata: 1\n\n\r\n"


def events(connection):
    connection.read_request(SECONDS)
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + EVENT)
    try:
        while not connection.wait_closed(0.05):
            connection.send(EVENT)
    except OSError:
        connection.peer_closed = True


def one_event(connection):
    connection.read_request(SECONDS)
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + EVENT)
    connection.wait_closed(SECONDS)


def take_all(connection):
    connection.wait_closed(SECONDS)


UPLOAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000
CHUNKED_UPLOAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
LEAVING = {  # what the instance does, what the client sends, and what it waits for before it leaves
    "while waiting": (wait_for_the_end, GET, b""),
    "while waiting after a post": (wait_for_the_end, POST, b""),
    "in the middle of a download": (download, GET, b"xxx"),
    "in the middle of a stream of events": (events, GET, b"data: 1"),
    "in the middle of an upload": (take_all, UPLOAD, b""),
    "in the middle of a chunked upload": (take_all, CHUNKED_UPLOAD, b""),
}


@pytest.mark.parametrize("way", ["close", "reset"])
@pytest.mark.parametrize("name", LEAVING)
def test_when_a_client_leaves_its_instance_is_left_too(rota, raw_upstream, name, way):
    script, data, marker = LEAVING[name]
    upstream = raw_upstream(script)
    balancer = rota(to=[upstream])
    eventually(lambda: " listening on " in balancer.log(), SECONDS, "its start being over")
    before = descriptors(balancer)
    with Client(balancer.port) as client:
        client.send(data)
        eventually(lambda: upstream.received and upstream.received[0], SECONDS, "the request being there")
        if marker:
            assert client.read_until(marker, SECONDS)
        getattr(client, way)()
        eventually(lambda: upstream.connections[0].peer_closed, GONE, "rota closing the instance's connection")
    assert b"\r\n0\r\n\r\n" not in upstream.received[0] and len(upstream.connections) == 1
    eventually(lambda: descriptors(balancer) <= before, GONE, "rota holding nothing more")


def descriptors(balancer):
    return len(os.listdir(f"/proc/{balancer.pid}/fd"))


# One that only ends its direction while an answer says nothing is given the benefit of the doubt; a reset is certain.
def test_when_a_client_resets_a_quiet_stream_its_instance_is_left_too(rota, raw_upstream):
    upstream = raw_upstream(one_event)
    with Client(rota(to=[upstream]).port) as client:
        client.send(GET)
        assert client.read_until(b"data: 1", SECONDS)
        client.reset()
        eventually(lambda: upstream.connections[0].peer_closed, GONE, "rota closing the instance's connection")


def test_a_hundred_clients_that_leave_are_a_hundred_requests_given_up(rota, test_instance):
    instance = test_instance()
    balancer = rota(to=[instance])
    clients = [Client(balancer.port) for _ in range(100)]
    for client in clients:
        client.send(b"GET /slow?ms=60000 HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: len(instance.requests()) == 100, SECONDS, "all requests being there")
    for client in clients:
        client.close()
    eventually(lambda: int(request(instance.port, path="/gone").body) == 100, GONE, "all being given up")
    assert request(balancer.port).status == 200
