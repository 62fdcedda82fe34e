"""What rota adds to a message, what it takes out, and that all the rest stays as it was sent, byte for byte. Field by field that is in the rows of
tests/conformance."""

import random
import re
import uuid

import pytest
from support.rota import eventually
from support.wire import OK, SECONDS, Client, fields_of

HOST = b"Host: a\r\n"


@pytest.fixture
def forwarded(rota, raw_upstream):
    """forwarded(request): what of it reached the instance."""
    upstream = raw_upstream(OK)
    balancer = rota(to=[upstream], env={"ROTA_WORKERS": "1", "ROTA_TIMEOUTS_KEEP": "60s"})

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


ROTAS = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Request-Id"]
NOBODYS = ["X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Client-Cert", "Forwarded", "X-Real-IP", "Proxy"]
FRAMING = ["Content-Length", "Transfer-Encoding"]


def spelled(name, rng, dashes):
    """The same name for who does not look at case, and takes these bytes for dashes."""
    return "".join(rng.choice(dashes) if byte == "-" else rng.choice((byte.lower(), byte.upper())) for byte in name)


def as_variables(received, dashes):
    """The names of a request's fields as an application gets them that makes variables of them, and cannot tell these bytes from each other."""
    names = [line.partition(b":")[0].decode("latin-1").upper() for line in fields_of(received)[1]]
    return ["".join("_" if byte in dashes else byte for byte in name) for name in names]


# CGI and what is like it; PHP, which takes dots too; and whoever takes whatever is neither letter nor digit.
@pytest.mark.parametrize("dashes", ["-_", "-_.", "-_.!#$%&'*+^`|~"], ids=["CGI", "PHP", "all"])
def test_however_a_name_is_spelled_an_instance_that_reads_it_as_cgi_does_sees_only_rotas(forwarded, dashes):
    rng = random.Random(93)
    for _ in range(20):
        lines = [f"{spelled(rng.choice(ROTAS + NOBODYS), rng, dashes)}: 6.6.6.6\r\n" for _ in range(90)]
        lines += [f"{spelled(name, rng, '_')}: 7\r\n" for name in FRAMING]
        rng.shuffle(lines)
        received = forwarded(b"GET / HTTP/1.1\r\nHost: a\r\n" + "".join(lines).encode() + b"\r\n")
        assert as_variables(received, dashes) == ["HOST", *(name.upper().replace("-", "_") for name in ROTAS)]
        assert b"6.6.6.6" not in received


# What only other proxies and frameworks act on. rota neither believes it nor takes it out: its route, its log and its retries know the request line alone.
OTHERS = b"X-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\nX-HTTP-Method-Override: DELETE\r\nVia: 1.1 x\r\nTrue-Client-IP: 6.6.6.6\r\n"


def test_what_other_proxies_would_act_on_passes_and_changes_nothing_here(rota, raw_upstream):
    one, other = raw_upstream(OK), raw_upstream(OK)
    services = f"services: {{ app: {{ instances: [{one.address}] }}, admin: {{ instances: [{other.address}] }} }}\n"
    balancer = rota(services + "routes: [{ service: app }, { path: /admin, service: admin }]\n")
    with Client(balancer.port) as client:
        assert client.ask(b"GET /open HTTP/1.1\r\nHost: a\r\n" + OTHERS + b"\r\n").status == 200
    (received,) = one.received
    assert received.startswith(b"GET /open HTTP/1.1\r\nHost: a\r\n" + OTHERS) and other.received == []
    eventually(lambda: '"method":"GET","host":"a","path":"/open"' in balancer.output(), SECONDS, "its line in the log")


# Nobody but who sent them needs them, and they are of this connection only: whatever an instance trusts cannot be listed away.
def test_a_client_cannot_have_removed_what_an_instance_trusts(forwarded):
    trusted = b"Cookie: a=b\r\nAuthorization: Basic eDp5\r\nContent-Type: x/y\r\n"
    listed = [b"X-Forwarded-For, X-Forwarded-Host, X-Request-Id", b"x_forwarded_for, Host, COOKIE", b"Authorization, Content-Type"]
    for turn in range(8):  # each line at each place
        lines = [b"Connection: " + names + b"\r\n" for names in listed]
        lines.insert(turn % 4, trusted)
        received = forwarded(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(lines if turn < 4 else reversed(lines)) + b"\r\n")
        assert re.fullmatch(rb"GET / HTTP/1.1\r\nHost: a\r\n" + re.escape(trusted) + OWN % b"a", received)


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


# RFC 9209 section 2: who stands between keeps what others have said, because they may be proxies too. So a client can take only an answer without a Proxy-Status of its
# instance's for rota's, and rota says nothing of answers that it passes on.
def test_what_an_instance_says_of_its_own_way_is_kept_and_nothing_is_added(returned):
    lines = [b"Proxy-Status: inner; received-status=200", b"Proxy-Status: rota; error=http_protocol_error", b"Via: 1.1 inner", b"X-Request-Id: mine", b"Content-Length: 0"]
    assert returned(b"HTTP/1.1 200 OK\r\n" + b"\r\n".join(lines) + b"\r\n\r\n") == lines


def test_a_status_line_passes_with_its_reason_or_without(returned):
    assert returned(b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n") == [b"Content-Length: 0"]
    assert returned(b"HTTP/1.0 200 As you \xe4sk\r\nContent-Length: 0\r\n\r\n") == [b"Content-Length: 0"]
