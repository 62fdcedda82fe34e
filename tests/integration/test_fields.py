"""What rota adds to a message, what it takes out, and that all the rest stays as it was sent, byte for byte. Field by field that is in the rows of
tests/conformance."""

import re
import uuid

import pytest
from support.wire import OK, SECONDS, Client, fields_of

HOST = b"Host: a\r\n"


@pytest.fixture
def forwarded(rota, raw_upstream):
    """forwarded(request): what of it reached the instance."""
    upstream = raw_upstream(OK)
    balancer = rota(to=[upstream])

    def forward(data):
        before = sum(map(len, upstream.received))
        with Client(balancer.port) as client:
            assert client.ask(data).status == 200
        (received,) = upstream.received  # one connection, kept
        return received[before:]

    return forward


@pytest.fixture
def returned(rota, raw_upstream):
    """returned(answer): the head that a client was given of it, line by line."""

    def give(answer):
        with Client(rota(to=[raw_upstream(answer)]).port) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            head = client.read_head(SECONDS)
            assert head.startswith(b"HTTP/1.1 200 ")
            return fields_of(head)[1]

    return give


# rota's own go behind the client's, so a request is its client's lines in one piece and then these.
OWN = rb"X-Forwarded-For: 127\.0\.0\.1\r\nX-Forwarded-Host: %b\r\nX-Forwarded-Proto: http\r\nX-Request-Id: [0-9a-f-]{36}\r\n\r\n"


def test_everything_that_is_nobodys_business_passes_byte_for_byte(forwarded):
    lines = (
        b"User-Agent:curl/1.0 (a; b)\r\nhost: A.example:8080\r\nACCEPT:  */*  \r\nX-Empty:\r\nx-empty: \r\nX-Same: 1\r\nX-Same: 2\r\nCookie: a=b; c=\"d\"\r\n"
        b"Authorization: Basic eDp5\r\nx-utf: \xc3\xa9\xff\r\nX_Other: under_score\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
        b"X-Tab: a\tb\r\n!#$%&'*+-.^_`|~: odd name\r\nX-Last:,\r\n"
    )
    received = forwarded(b"GET / HTTP/1.1\r\n" + lines + b"\r\n")
    assert received.startswith(b"GET / HTTP/1.1\r\n" + lines)
    assert re.fullmatch(OWN % rb"A\.example:8080", received[len(b"GET / HTTP/1.1\r\n" + lines) :])


@pytest.mark.parametrize(
    "line",
    [
        b"X-Forwarded-For: 6.6.6.6",
        b"x-forwarded-for:6.6.6.6, 127.0.0.1",
        b"X-Forwarded-Host: evil",
        b"X-Forwarded-Proto: https",
        b"X-Request-Id: 00000000-0000-0000-0000-000000000000",
        b"X-Request-ID: mine",
    ],
)
def test_who_the_client_is_only_rota_says(forwarded, line):
    received = forwarded(b"GET / HTTP/1.1\r\n" + line + b"\r\n" + HOST + line + b"\r\n\r\n")
    assert re.fullmatch(rb"GET / HTTP/1.1\r\nHost: a\r\n" + OWN % b"a", received)


def test_each_request_has_a_name_of_its_own_in_the_order_of_time(rota, test_instance):
    instance = test_instance()
    balancer = rota(to=[instance])
    with Client(balancer.port) as client:
        for _ in range(200):
            client.ask(b"GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n")
    names = [uuid.UUID(words[2]) for words in instance.requests()]
    assert len(set(names)) == 200
    assert {(name.version, name.variant) for name in names} == {(7, uuid.RFC_4122)}
    milliseconds = [name.int >> 80 for name in names]
    assert milliseconds == sorted(milliseconds)


# ---- answers


def test_an_answers_connection_fields_go_no_further(returned):
    dropped = b"Connection: X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nProxy-Authenticate: Basic\r\nUpgrade: h2\r\n"
    assert returned(b"HTTP/1.1 200 OK\r\n" + dropped + b"X: y\r\nContent-Length: 0\r\n\r\n") == [b"X: y", b"Content-Length: 0"]


def test_an_instance_cannot_have_removed_what_frames_or_describes_its_answer(returned):
    lines = [b"Content-Length: 0", b"Content-Type: text/plain", b"Set-Cookie: a=1", b"Set-Cookie: b=2"]
    answer = b"HTTP/1.1 200 OK\r\nConnection: Content-Length, Content-Type, Set-Cookie\r\n" + b"\r\n".join(lines) + b"\r\n\r\n"
    assert returned(answer) == lines


def test_a_status_line_passes_with_its_reason_or_without(returned):
    assert returned(b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n") == [b"Content-Length: 0"]
    assert returned(b"HTTP/1.0 200 As you \xe4sk\r\nContent-Length: 0\r\n\r\n") == [b"Content-Length: 0"]
