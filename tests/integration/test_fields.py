"""What rota adds to a message, what it takes out, and that all the rest stays as it was sent, byte for byte."""

import re
import uuid

import pytest
from support.wire import OK, SECONDS, Client, fields_of, values_of

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
    "target",
    [
        b"/",
        b"//",
        b"/a//b/",
        b"/a%20b/%C3%A9/%c3%a9",
        b"/~u;v=1,(w)!$&'*+:@=/...",
        b"/a?",
        b"/a?b=c&d=%2f%5c%00../..//?",
        b"/a?q=a|b{c}`[]",
        b"/[a]|b",
        b"/%c0%af",
        b"/..a/.b/c.",
        b"/a%2Eb",
        b"/a?http://b/../c",
        b"/" + b"x" * 8000,
    ],
)
def test_path_and_query_pass_byte_for_byte(forwarded, target):
    assert forwarded(b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n").startswith(b"GET " + target + b" HTTP/1.1\r\n" + HOST)


@pytest.mark.parametrize("host", [b"a", b"A.Example.COM:8080", b"[::1]:80", b"[2001:DB8::1]", b"127.0.0.1", b"my_app.local", b"a.", b"xn--e1afmkfd"])
def test_the_host_passes_byte_for_byte_and_is_told_again(forwarded, host):
    received = forwarded(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
    assert values_of(received, "Host") == values_of(received, "X-Forwarded-Host") == [host]


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


@pytest.mark.parametrize(
    "name",
    [
        "Forwarded",
        "X-Real-IP",
        "X-Forwarded-Port",
        "X_Forwarded_For",
        "x_forwarded-for",
        "X_Forwarded_Host",
        "X_FORWARDED_PROTO",
        "X_Real_IP",
        "X_Request_Id",
        "Content_Length",
        "Transfer_Encoding",
        "Proxy_Connection",
    ],
)
def test_what_an_instance_could_take_for_rotas_word_is_dropped(forwarded, name):
    received = forwarded(b"GET / HTTP/1.1\r\n%b: 6\r\n" % name.encode() + HOST + b"\r\n")
    assert re.fullmatch(rb"GET / HTTP/1.1\r\nHost: a\r\n" + OWN % b"a", received)


def test_an_underscored_coding_frames_nothing(forwarded):
    received = forwarded(b"POST / HTTP/1.1\r\n" + HOST + b"Transfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")
    assert received.endswith(b"\r\n\r\n0\r\n\r\n") and values_of(received, "Content-Length") == [b"5"]
    assert b"chunked" not in received


@pytest.mark.parametrize(
    "lines",
    [
        b"Connection: keep-alive\r\n",
        b"Keep-Alive: timeout=5\r\n",
        b"Proxy-Connection: keep-alive\r\n",
        b"Proxy-Authenticate: Basic\r\n",
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        b"Upgrade: websocket\r\n",
        b"TE: gzip\r\n",
        b"Connection: X-Mine, x-other\r\nx-mine: 1\r\nX-Other: 2\r\nX-MINE: 3\r\n",
        b"X-Mine: 1\r\nConnection: close\r\nConnection: ,x-mine ,\r\n",
        b"Connection:\r\n",
    ],
)
def test_what_concerns_this_connection_alone_goes_no_further(forwarded, lines):
    received = forwarded(b"GET / HTTP/1.1\r\n" + lines + HOST + b"\r\n")
    assert re.fullmatch(rb"GET / HTTP/1.1\r\nHost: a\r\n" + OWN % b"a", received)


def test_a_client_cannot_have_removed_what_protects_the_instance(forwarded):
    names = b"Host, Content-Length, Content-Type, Authorization, Cookie, X-Forwarded-For, X-Request-Id"
    received = forwarded(
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: " + names + b"\r\nContent-Length: 2\r\nContent-Type: text/plain\r\nAuthorization: x\r\nCookie: y\r\n\r\nhi"
    )
    assert values_of(received, "X-Forwarded-For") == [b"127.0.0.1"] and len(values_of(received, "X-Request-Id")) == 1
    assert [values_of(received, name) for name in ("Host", "Content-Length", "Content-Type", "Authorization", "Cookie")] == [
        [b"a"],
        [b"2"],
        [b"text/plain"],
        [b"x"],
        [b"y"],
    ]


@pytest.mark.parametrize(
    ("lines", "te"),
    [
        (b"TE: trailers\r\n", [b"trailers"]),
        (b"TE: trailers, gzip\r\n", [b"trailers"]),
        (b"TE: gzip\r\nTE: Trailers\r\n", [b"trailers"]),
        (b"TE: gzip;q=0.5\r\n", []),
        (b"TE:\r\n", []),
        (b"Connection: TE\r\nTE: gzip, trailers\r\n", [b"trailers"]),
    ],
)
def test_that_trailers_are_welcome_is_all_of_te_that_passes(forwarded, lines, te):
    received = forwarded(b"GET / HTTP/1.1\r\n" + HOST + lines + b"\r\n")
    assert values_of(received, "TE") == te and values_of(received, "Connection") == [b"TE"] * len(te)


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
