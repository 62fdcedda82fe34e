"""What rota refuses, where the rows of tests/conformance cannot show it: by limits of the config's own, in what is not said, and around how bytes come."""

import socket

import pytest
from support.wire import OK, SECONDS, Client, assert_own, parse

ERROR = "http_request_error"


def post(fields, body=b""):
    return b"POST / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n\r\n" + body


def get(fields):
    return b"GET / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n\r\n"


# Past what fits by default, so that nothing of a fixed size stands in the way of what the config allows.
@pytest.mark.parametrize(
    ("limit", "within", "beyond"),
    [
        ("headers: 128", b"\r\n".join([b"X: y"] * 127), b"\r\n".join([b"X: y"] * 128)),
        ("headers: 2", b"X: y", b"X: y\r\nX: y"),
        ("header_bytes: 200KiB", b"X: " + b"x" * 200_000, b"X: " + b"x" * 205_000),
        ("header_bytes: 1KiB", b"X: " + b"x" * 900, b"X: " + b"x" * 1100),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_limits_can_be_set(rota, raw_upstream, limit, within, beyond):
    upstream = raw_upstream(OK)
    with Client(rota(f"limits: {{ {limit} }}\nservices: {{ app: {{ instances: [{upstream.address}] }} }}").port) as client:
        assert client.ask(get(within)).status == 200
        assert within in upstream.received[0]
        assert client.ask(get(beyond)).status == 431


CUT = {
    "a part of a length": post(b"Content-Length: 10", b"hello"),
    "no last chunk": post(b"Transfer-Encoding: chunked", b"5\r\nhello\r\n"),
    "half a chunk": post(b"Transfer-Encoding: chunked", b"5\r\nhel"),
    "half a trailer": post(b"Transfer-Encoding: chunked", b"5\r\nhello\r\n0\r\nX: y\r\n"),
}


@pytest.mark.parametrize("data", CUT.values(), ids=CUT)
def test_a_body_that_is_cut_short_is_never_whole_for_the_instance(rota, raw_upstream, data):
    upstream = raw_upstream(lambda connection: connection.wait_closed(SECONDS))
    with Client(rota(to=[upstream]).port) as client:
        client.send(data)
        client.finish()
        assert b" 200 " not in client.read_all()
    for connection in upstream.connections:
        assert connection.wait_closed(SECONDS)
        assert b"\r\n0\r\n\r\n" not in connection.received


def test_nothing_a_client_says_comes_back_in_a_refusal_or_raw_in_the_log(rota, raw_upstream):
    balancer = rota(to=[raw_upstream(OK)])
    with Client(balancer.port) as client:
        client.send(b"GET /\x1b[31mEVIL HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = parse(client.read_all())
    assert_own(answer, 400, ERROR)
    assert b"EVIL" not in answer.body and "EVIL" not in str(answer.headers)
    assert "\x1b" not in balancer.log()


# A read ends short of an urgent byte, with more behind it: it must neither be overlooked nor waited for.
def test_an_urgent_byte_is_a_byte_like_any_other(rota, raw_upstream):
    upstream = raw_upstream(OK)
    with Client(rota(to=[upstream]).port) as client:
        client.socket.send(b"GET / HTTP/1.1\r\nHo")
        client.socket.send(b"\x01", socket.MSG_OOB)
        client.socket.send(b"st: a\r\n\r\n")
        assert_own(parse(client.read_all()), 400, ERROR)
    assert upstream.received == []
