"""What rota allows at a time, and in all: connections, open files, memory, bytes of a body. Who is within the limits goes on being served meanwhile, and what
was taken is given back. The limits of a request's head are in test_refusals.py, running out of descriptors in test_process.py."""

import time

import pytest
from support.many import answered, connected
from support.rota import eventually, request
from support.wire import OK, SECONDS, Client, assert_own, parse

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
# Where there is no room, accepting looks again every 50 ms; so long have those that must not get in been kept out.
KEPT_OUT = 0.3


# ---- connections

LIMIT = 50


@pytest.fixture
def limited(rota, test_instance):
    """limited(): a rota with room for LIMIT connections, which soon closes what it keeps of an instance's."""
    return lambda **env: rota(to=[test_instance()], env={"ROTA_LIMITS_CONNECTIONS": str(LIMIT), "ROTA_TIMEOUTS_KEEP": "100ms"} | env)


def serve(clients, seconds=0.0):
    """All of them are served once, and then round after round for that long."""
    until = time.monotonic() + seconds
    while True:
        assert all(client.ask(GET).status == 200 for client in clients)
        if time.monotonic() >= until:
            return


# With one worker: each of several has its own queue, and which of them has room says nothing about where the next one waits.
def test_at_the_limit_the_next_is_served_when_one_ends_and_the_others_meanwhile(limited):
    balancer = limited(ROTA_WORKERS="1")
    with connected(balancer.port, LIMIT) as inside, connected(balancer.port, 3) as outside:
        serve(inside)
        for client in outside:
            client.send(GET)
        for left in (3, 2, 1):
            serve(inside, KEPT_OUT)
            assert answered(outside) == [] and len(outside) == left
            inside.pop().close()
            (entered,) = eventually(lambda: answered(outside), SECONDS, "one of those outside being served")
            assert entered.read_answer().status == 200
            outside.remove(entered)
            inside.append(entered)


def test_a_flood_that_says_nothing_holds_up_nobody_inside_and_leaves_nothing_behind(limited):
    balancer = limited()
    before = balancer.descriptors()
    with connected(balancer.port, LIMIT // 2) as inside:
        serve(inside)
        for _ in range(4):
            with connected(balancer.port, 500):
                serve(inside, KEPT_OUT / 4)
                assert balancer.descriptors() <= before + 2 * LIMIT
    eventually(lambda: balancer.descriptors() <= before, SECONDS, "all being given back")
    with connected(balancer.port, LIMIT // 2) as late:
        serve(late)


# The last place, and every worker waiting for somebody to give it to.
@pytest.mark.parametrize("workers", ["2", "8"])
def test_the_last_place_is_given_once_whichever_worker_gives_it(limited, workers):
    balancer = limited(ROTA_WORKERS=workers)
    with connected(balancer.port, LIMIT - 1) as inside:
        serve(inside)
        with connected(balancer.port, 10 * LIMIT) as outside:
            for client in outside:
                client.send(GET)
            serve(inside, KEPT_OUT)
            assert len(answered(outside)) == 1


def test_five_thousand_connections_in_waves_are_served_each_and_leave_nothing_behind(rota, test_instance):
    instance = test_instance()
    balancer = rota(to=[instance], env={"ROTA_TIMEOUTS_KEEP": "100ms"})
    before = balancer.descriptors()
    for _ in range(10):
        with connected(balancer.port, 500) as clients:
            for client in clients:
                client.send(GET)
            assert all(client.read_answer().status == 200 for client in clients)
    assert instance.count() == 5000
    eventually(lambda: balancer.descriptors() <= before, SECONDS, "all being given back")


# ---- open files


def open_file_limits(balancer):
    (line,) = [line for line in open(f"/proc/{balancer.pid}/limits") if line.startswith("Max open files")]
    return tuple(map(int, line.split()[3:5]))


def test_the_limit_of_open_files_is_raised_to_the_hard_one(rota, test_instance):
    balancer = rota(to=[test_instance()], env={"ROTA_LIMITS_CONNECTIONS": "100"}, open_files=(80, 400))
    assert open_file_limits(balancer) == (400, 400)
    with connected(balancer.port, 100) as clients:  # 80 would have been too few
        serve(clients)


@pytest.mark.parametrize(
    ("open_files", "said"),
    [
        (264, ""),
        (263, "rota: warning: limits.connections is 100, but 263 open files allow 99 connections\n"),
        (80, "rota: warning: limits.connections is 100, but 80 open files allow 8 connections\n"),
    ],
)
def test_connections_get_half_of_the_open_files_but_64_and_less_than_asked_for_is_said(rota, test_instance, open_files, said):
    balancer = rota(to=[test_instance()], env={"ROTA_LIMITS_CONNECTIONS": "100"}, open_files=(open_files, open_files))
    assert balancer.log().partition("rota: 0.")[0] == said
    assert request(balancer.port).status == 200


# ---- a request's body

ALLOWED = 64 * 1024
BODY_LIMIT = {"ROTA_LIMITS_BODY": "64KiB"}


def post(fields, body=b""):
    return b"POST / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n\r\n" + body


def chunked(size, end=b""):
    """So many bytes in chunks of at most 1000, and `end`: the last chunk, where there is to be one."""
    whole, rest = divmod(size, 1000)
    return post(b"Transfer-Encoding: chunked", (b"3e8\r\n" + b"x" * 1000 + b"\r\n") * whole + (b"%x\r\n" % rest + b"x" * rest + b"\r\n" if rest else b"") + end)


def send_until_refused(client, data):
    try:
        client.send(data)
    except OSError:
        pass  # refused while it was on its way


def payload_of(upstream):
    """What of a body reached it, and whether it was told that this is all."""
    assert len(upstream.received) == 1
    body = upstream.received[0].partition(b"\r\n\r\n")[2]
    return body.count(b"x"), body.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    "data",
    [
        post(b"Content-Length: %d" % (ALLOWED + 1)),  # is announced
        post(b"Content-Length: %d\r\nExpect: 100-continue" % (ALLOWED + 1)),  # is asked for, and must not be told to come
        post(b"Content-Length: %d" % (ALLOWED + 1), b"x" * (ALLOWED + 1)),  # comes
        post(b"Content-Length: %d" % (1 << 40), b"x" * 1000),
        post(b"Content-Length: %d" % (ALLOWED + 1), b"x" * (ALLOWED + 1) + GET),
    ],
    ids=["announced", "expecting 100", "whole", "past 32 bits", "with a request behind it"],
)
def test_a_length_beyond_the_limit_is_413_and_reaches_nobody(rota, raw_upstream, data):
    upstream = raw_upstream(OK)
    with Client(rota(to=[upstream], env=BODY_LIMIT).port) as client:
        send_until_refused(client, data)
        answer = parse(client.read_all())  # and nothing behind it: the connection ends
    assert_own(answer, 413, "http_request_error")
    assert answer.headers["Connection"] == "close"
    assert upstream.connections == []


@pytest.mark.parametrize("end", [b"", b"0\r\n\r\n"], ids=["going on", "whole"])
def test_chunks_beyond_the_limit_are_413_once_and_never_all_for_the_instance(rota, raw_upstream, end):
    upstreams = [raw_upstream(lambda connection: connection.wait_closed(SECONDS)) for _ in range(2)]
    with Client(rota(to=upstreams, env=BODY_LIMIT).port) as client:
        client.send(chunked(ALLOWED))
        (upstream,) = eventually(lambda: [each for each in upstreams if each.received and each.received[0].count(b"x") == ALLOWED], SECONDS, "what is allowed")
        send_until_refused(client, b"1\r\ny\r\n" + end)
        answer = parse(client.read_all())
    assert_own(answer, 413, "http_request_error")
    assert answer.headers["Connection"] == "close"
    assert upstream.connections[0].wait_closed(SECONDS)
    assert payload_of(upstream) == (ALLOWED, False) and b"y" not in upstream.received[0].partition(b"\r\n\r\n")[2]
    assert sum(len(each.connections) for each in upstreams) == 1  # to try it elsewhere would not make it smaller


def test_a_chunk_that_announces_more_than_is_allowed_is_413_and_never_all_for_the_instance(rota, raw_upstream):
    upstream = raw_upstream(lambda connection: connection.wait_closed(SECONDS))
    with Client(rota(to=[upstream], env=BODY_LIMIT).port) as client:
        send_until_refused(client, post(b"Transfer-Encoding: chunked", b"%x\r\n" % (1 << 40) + b"x" * (2 * ALLOWED)))
        assert_own(parse(client.read_all()), 413, "http_request_error")
    assert all(connection.wait_closed(SECONDS) for connection in upstream.connections)
    assert all(received.count(b"x") <= ALLOWED and not received.endswith(b"0\r\n\r\n") for received in upstream.received)


def test_chunks_beyond_the_limit_cut_an_answer_that_has_begun(rota, raw_upstream):
    def early(connection):
        connection.read_head(SECONDS)
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        connection.wait_closed(SECONDS)

    upstream = raw_upstream(early)
    with Client(rota(to=[upstream], env=BODY_LIMIT).port) as client:
        client.send(chunked(1000))
        assert client.read_until(b"hello\r\n", SECONDS)
        send_until_refused(client, chunked(ALLOWED, b"0\r\n\r\n").partition(b"\r\n\r\n")[2])
        assert client.read_all() == b""  # no last chunk, and no second head in the middle of a body
    assert upstream.connections[0].wait_closed(SECONDS)
    assert not payload_of(upstream)[1]


@pytest.mark.parametrize("size", [0, 1, ALLOWED - 1, ALLOWED])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_up_to_the_limit_passes_and_the_next_is_counted_anew(rota, test_instance, framing, size):
    data = post(b"Content-Length: %d" % size, b"x" * size) if framing == "length" else chunked(size, b"0;a=b\r\nX-Sum: 1\r\n\r\n")
    with Client(rota(to=[test_instance()], env=BODY_LIMIT).port) as client:
        for _ in range(3):
            answer = client.ask(data.replace(b"POST / ", b"POST /echo "))
            assert (answer.status, answer.body) == (200, b"x" * size)


def test_an_answer_may_be_larger_than_a_request(rota, test_instance):
    with Client(rota(to=[test_instance()], env=BODY_LIMIT).port) as client:
        assert len(client.ask(GET.replace(b" / ", b" /bytes/1000000 ")).body) == 1_000_000


@pytest.mark.parametrize("limits", ["", "limits: { body: off }\n"], ids=["default", "off"])
def test_without_a_limit_a_body_of_any_size_passes(rota, test_instance, limits):
    instance = test_instance()
    with Client(rota(limits + "services: { app: { instances: [%s] } }" % instance.address).port) as client:
        assert client.ask(post(b"Content-Length: 20000000", b"x" * 20_000_000)).status == 200
        assert client.ask(chunked(5_000_000, b"0\r\n\r\n")).status == 200
    assert [words[3] for words in instance.requests()] == ["20000000", "5000000"]


def test_the_limit_of_a_body_may_stand_in_the_config(rota, test_instance):
    balancer = rota("limits: { body: 1MiB }\nservices: { app: { instances: [%s] } }" % test_instance().address)
    for size, status in ((1 << 20, 200), ((1 << 20) + 1, 413)):
        with Client(balancer.port) as client:
            send_until_refused(client, post(b"Content-Length: %d" % size, b"x" * size))
            assert client.read_answer().status == status
