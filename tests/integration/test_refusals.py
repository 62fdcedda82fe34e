"""Requests that are not exactly grammatical, or not for rota: one answer of its own, then the end of the connection, and nothing of them reaches an instance.
The numbers are those of the design's list of wire cases."""

import socket

import pytest
from support.rota import RawUpstream, Rota
from support.wire import OK, SECONDS, Client, assert_own, parse

HEADER_TIMEOUT = "300ms"
ERROR = "http_request_error"


@pytest.fixture(scope="module")
def stage():
    """One rota in front of one upstream for all of them: what one request breaks, the next would show."""
    with RawUpstream(OK) as upstream, Rota(to=[upstream], env={"ROTA_LIMITS_HEADER_TIMEOUT": HEADER_TIMEOUT}) as rota:
        yield rota, upstream


def refused(stage, data, status):
    """Sends `data` and a good request behind it. The one refusal is all that comes; a good request on a fresh connection is all that the instance sees."""
    rota, upstream = stage
    before = [len(received) for received in upstream.received]
    with Client(rota.port) as client:
        try:
            client.send(data)
        except OSError:
            pass  # refused before all of it was out
        answer = parse(client.read_all())
    assert_own(answer, status, ERROR)
    assert answer.headers["Connection"] == "close"
    with Client(rota.port) as client:
        assert client.ask(b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n").body == b"ok"
    before += [0] * (len(upstream.received) - len(before))
    reached = b"".join(received[size:] for received, size in zip(upstream.received, before))
    assert reached.startswith(b"GET /next HTTP/1.1\r\n") and reached.count(b" HTTP/1.1\r\n") == 1
    return answer


GOOD = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def ids(value):
    return repr(value[:60])[2:-1].replace("\\r\\n", "|") if isinstance(value, bytes) else str(value)


def post(fields, body=b""):
    return b"POST / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n\r\n" + body


def get(fields):
    return b"GET / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n\r\n"


LENGTHS = [  # 1 to 8
    b"Content-Length: 5\r\nContent-Length: 6",
    b"Content-Length: 5\r\nContent-Length: 5",
    b"Content-Length: 5, 5",
    b"Content-Length: 5, 6",
    b"Content-Length: +5",
    b"Content-Length: -5",
    b"Content-Length: -0",
    b"Content-Length: 0x5",
    b"Content-Length: 0o5",
    b"Content-Length: 1_0",
    b"Content-Length: 1 0",
    b"Content-Length: 5Z",
    b"Content-Length: 5.0",
    b"Content-Length: \xb2",
    b"Content-Length:",
    b"Content-Length:\r\nContent-Length: 5",
    b"Content-Length: 5\r\nContent-Length:",
    b"Content-Length: 0005",
    b"Content-Length: 00",
    b"Content-Length: 010",
    b"Content-Length: 99999999999999999999",
    b"Content-Length: 18446744073709551621",
    b"Content-Length: 9223372036854775808",
    b"Content-Length : 5",
    b"Content-Length\t: 5",
]


@pytest.mark.parametrize("fields", LENGTHS, ids=ids)
def test_a_length_that_can_be_read_in_two_ways_is_400(stage, fields):
    refused(stage, post(fields, b"hello" + GOOD), 400)


CODINGS = [
    (b"Transfer-Encoding: chunked\r\nContent-Length: 5", 400),  # 13
    (b"Content-Length: 5\r\nTransfer-Encoding: chunked", 400),
    (b"Content-Length: 0\r\nTransfer-Encoding: chunked", 400),
    (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),  # 14
    (b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", 400),
    (b"Transfer-Encoding: chunked, chunked", 400),  # 15
    (b"Transfer-Encoding: chunked, gzip", 400),  # 16
    (b"Transfer-Encoding: chunked, identity", 400),
    (b"Transfer-Encoding: gzip, chunked", 501),  # 17
    (b"Transfer-Encoding: gzip", 501),  # 18
    (b"Transfer-Encoding: identity", 501),
    (b"Transfer-Encoding: xchunked", 501),
    (b"Transfer-Encoding: chunke", 501),
    (b"Transfer-Encoding:", 400),  # 19
    (b"Transfer-Encoding: ,chunked", 400),  # 20
    (b"Transfer-Encoding: chunked,", 400),
    (b"Transfer-Encoding: \x0bchunked", 400),  # 22
    (b"Transfer-Encoding: \x0cchunked", 400),
    (b"Transfer-Encoding: chunked\x00", 400),
    (b"Transfer-Encoding: \xa0chunked", 400),
    (b"Transfer-Encoding: chunked;x=1", 400),
    (b'Transfer-Encoding: "chunked"', 400),
    (b"Transfer-Encoding : chunked", 400),  # 23
    (b"Transfer-Encoding:\r\n chunked", 400),  # 24
    (b"Transfer-Encoding: x\r\n , chunked", 400),
]


@pytest.mark.parametrize(("fields", "status"), CODINGS, ids=ids)
def test_a_coding_that_is_not_chunked_alone_is_refused(stage, fields, status):
    refused(stage, post(fields, b"5\r\nhello\r\n0\r\n\r\n" + GOOD), status)


CHUNKS = [
    b"0x5\r\nhello\r\n0\r\n\r\n",  # 28
    b"+5\r\nhello\r\n0\r\n\r\n",
    b"-1\r\nhello\r\n0\r\n\r\n",
    b"1_0\r\nhello67890123456\r\n0\r\n\r\n",
    b" 5\r\nhello\r\n0\r\n\r\n",
    b"5 \r\nhello\r\n0\r\n\r\n",
    b"5\t\r\nhello\r\n0\r\n\r\n",
    b"5 ;a\r\nhello\r\n0\r\n\r\n",
    b"FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",  # 29
    b"8000000000000000\r\nhello\r\n0\r\n\r\n",
    b"00000000000000005\r\nhello\r\n0\r\n\r\n",
    b"\r\nhello\r\n0\r\n\r\n",  # 30
    b";a\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhelloXX\r\n0\r\n\r\n",  # 31
    b"5\r\nhello0\r\n\r\n",
    b"5\nhello\r\n0\r\n\r\n",  # 32
    b"5\r\nhello\n0\r\n\r\n",
    b"0\n\n",
    b"0\r\n\n",
    b"0\n\r\n",
    b"5\r\r;x\r\nhello\r\n0\r\n\r\n",  # 33
    b"5\rX\nhello\r\n0\r\n\r\n",
    b"5\r\nhello\rX0\r\n\r\n",
    b"5;\nhello\r\n0\r\n\r\n",  # 34
    b"5;a\x00b\r\nhello\r\n0\r\n\r\n",
    b"5;\r\nhello\r\n0\r\n\r\n",
    b"5;[=1\r\nhello\r\n0\r\n\r\n",
    b"5;a=\r\nhello\r\n0\r\n\r\n",
    b"5;a=b c\r\nhello\r\n0\r\n\r\n",
    b"5;a\nGET / HTTP/1.1\r\nhello\r\n0\r\n\r\n",
    b'5;a="\r\n0\r\n\r\n',  # 35
    b'5;a="b\r\nhello\r\n0\r\n\r\n',
    b'5;a="b"c\r\nhello\r\n0\r\n\r\n',
    b"0\r\nno colon\r\n\r\n",  # 39
    b"0\r\nX : 1\r\n\r\n",
    b"0\r\n: 1\r\n\r\n",
    b"0\r\nX: a\x00b\r\n\r\n",
    b"0\r\nX: a\r\n b\r\n\r\n",
    b"0\r\nX: a\n\r\n",
    b"INVALID\r\n",  # 41
    b"0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
]


@pytest.mark.parametrize("body", CHUNKS, ids=ids)
def test_a_chunk_that_is_not_exactly_grammatical_is_400(stage, body):
    refused(stage, post(b"Transfer-Encoding: chunked", body + GOOD), 400)


LINES = [
    (b"GET / HTTP/1.1\nHost: a\n\n", 400),  # 43
    (b"GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    (b"GET / HTTP/1.1\rHost: a\r\r", 400),  # 44
    (b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),  # 46
    (b"G\x00T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),  # 71
    (b"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
    (b"GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET /\r\n\r\n", 400),  # 72
    (b"GET\r\n\r\n", 400),
    (b"(GET) / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505),  # 73
    (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    (b"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
    (b"GET / HTTP/01.1\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/1\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/1.\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/11\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/ 1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET / http/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTPS/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/1.1 x\r\nHost: a\r\n\r\n", 400),
    (b"\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),  # 74
    (b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),  # 75, as any other version
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(64)), 400),  # 76
    (b"\x00" * 100, 400),
    (b"\xff\xfe\r\n\r\n", 400),
]


@pytest.mark.parametrize(("data", "status"), LINES, ids=ids)
def test_what_is_not_a_request_line_is_refused(stage, data, status):
    refused(stage, data + GOOD, status)


FIELDS = [
    b"X: a\rb",  # 45
    b"X: a\r\rb",
    b"X: a\nb",
    b"X: a\x00b",  # 46
    b"X\x00: a",
    b"X: \x01",  # 47
    b"X: \x07",
    b"X: \x7f",
    b"X: \x1b[2J",
    b"X: \x0b",
    b"X: a\r\n  b",  # 48
    b"X: a\r\n\tb",
    b"X : v",  # 50
    b"X\t: v",
    b": v",  # 51
    b":",
    b"NoColon",  # 52
    b"X[]: v",
    b"X\xef: v",
    b"Te\nst: v",
    b"X Y: v",
    b'"X": v',
    b"GET / HTTP/1.1",
    b"Connection: " + b",".join(b"x%d" % number for number in range(100)),
    b"Connection: a b",
    b"Connection: close;x",
]


@pytest.mark.parametrize("line", FIELDS, ids=ids)
def test_a_field_line_that_is_not_exactly_grammatical_is_400(stage, line):
    refused(stage, get(line) + GOOD, 400)


@pytest.mark.parametrize("start", [b" X: v", b"\tX: v", b" ", b" Host: a"], ids=ids)
def test_white_space_before_the_first_field_is_400(stage, start):  # 49
    refused(stage, b"GET / HTTP/1.1\r\n" + start + b"\r\nHost: a\r\n\r\n" + GOOD, 400)


HOSTS = [
    b"GET / HTTP/1.1\r\n\r\n",  # 57
    b"GET / HTTP/1.1\r\nX: Host: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",  # 58
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",  # 59
    b"GET / HTTP/1.0\r\nHost: a\r\nhost: a\r\n\r\n",
    *(
        b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
        for host in (
            [b"", b"u@a", b"u:p@a", b"a/b", b"a,b", b"a b", b"a;b", b"a\\b", b"a?b", b"a#b", b"http://a", b"a%62", b"\xc3\xa9", b"a..b", b".a"]  # 60
            + [b"a:0", b"a:65536", b"a:080", b"a:", b"a:x", b"a:1:2", b"a:-1", b"[::1", b"::1", b"[::1]x", b"[g::1]", b"[127.0.0.1]", b".", b":80"]  # 61
            + [b"a" * 256]
        )
    ),
    b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",  # 62
    b"GET http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://a/ HTTP/1.1\r\n\r\n",
    b"GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n",  # 63
    b"GET http://u@a/ HTTP/1.1\r\nHost: u@a\r\n\r\n",
    b"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http:/a/ HTTP/1.1\r\nHost: a\r\n\r\n",
]


@pytest.mark.parametrize("data", HOSTS, ids=ids)
def test_a_host_in_doubt_is_400(stage, data):
    refused(stage, data + GOOD, 400)


TARGETS = [
    b"*",  # 64
    b"a",
    b"a:80",
    b"?x",
    b"/#f",  # 68
    b"/a?b#f",
    b"/\xc3\xa9",  # 69
    b'/"',
    b"/<",
    b"/>",
    b"/\\",
    b"/^",
    b"/{a}",
    b"/`",
    b"/\x7f",
    b"/\x01",
    b"/a\rb",
    b"/a\nb",
    b"/?\xff",
    b'/?"',
    b"/%00",  # 70
    b"/a/../b",
    b"/..",
    b"/.",
    b"/a/.",
    b"/a/./b",
    b"/a/..?b",
    b"/%2e%2e/",
    b"/%2E./",
    b"/a/%2e",
    b"/a%2fb",
    b"/a%2Fb",
    b"/a%5cb",
    b"/a%5Cb",
    b"/%",
    b"/%2",
    b"/%2?a",
    b"/%zz",
    b"/%+1",
    b"/?%zz",
    b"/?%4",
    b"http://a/../b",
    b"http://a/%00",
]


@pytest.mark.parametrize("target", TARGETS, ids=ids)
def test_a_target_that_two_could_read_in_two_ways_is_400(stage, target):
    refused(stage, b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n" + GOOD, 400)


METHODS = [
    (b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 405),  # 66
    (b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\n\r\nhello", 400),  # 27
    (b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),  # 67
    (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 400),  # 25
    (post(b"Expect: 200-ok\r\nContent-Length: 5", b"hello"), 417),  # 85
    (post(b"Expect: 100-continue, x\r\nContent-Length: 5", b"hello"), 417),
    (post(b"Expect:\r\nContent-Length: 5", b"hello"), 417),
    (post(b"Expect: 100-continue\r\nExpect: x\r\nContent-Length: 5", b"hello"), 417),
]


@pytest.mark.parametrize(("data", "status"), METHODS, ids=ids)
def test_what_is_grammatical_but_not_done_here_is_refused(stage, data, status):
    answer = refused(stage, data + GOOD, status)
    assert ("Allow" in answer.headers) == (status == 405)


LIMITS = [
    ("target", b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),  # 53
    ("target without an end", b"GET /" + b"x" * 1_000_000, 414),
    ("field", get(b"X: " + b"x" * 40_000), 431),
    ("field name", get(b"x" * 40_000 + b": x"), 431),
    ("fields without an end", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 100_000, 431),
    ("fields by size", get(b"\r\n".join([b"X: " + b"x" * 1000] * 40)), 431),
    ("fields by number", get(b"\r\n".join([b"X: y"] * 100)), 431),  # 54: with Host, 101
    ("method", b"G" * 100_000 + b" / HTTP/1.1\r\nHost: a\r\n\r\n", 414),  # 55: in the request line, as a target is
]


@pytest.mark.parametrize(("data", "status"), [row[1:] for row in LIMITS], ids=[row[0] for row in LIMITS])
def test_what_is_too_large_is_refused(stage, data, status):
    refused(stage, data, status)


def test_what_is_just_within_the_limits_is_served(stage):
    rota, _ = stage
    with Client(rota.port) as client:
        assert client.ask(b"GET /" + b"x" * 8000 + b" HTTP/1.1\r\nHost: a\r\n\r\n").status == 200
        assert client.ask(get(b"\r\n".join([b"X: y"] * 99))).status == 200
        largest = 32 * 1024 - len(get(b"X: "))
        assert client.ask(get(b"X: " + b"x" * largest)).status == 200
        assert client.ask(get(b"X: " + b"x" * (largest + 1))).status == 431


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


# These are refused in the middle of a body that is on its way already. The instance must not take what came of it for all of it.
STREAMED = [
    ("a million chunks of a byte", b"1\r\nx\r\n" * 1_000_000),  # 37
    ("an extension of 64 KiB", b"5;a=" + b"b" * 65_536 + b"\r\nhello\r\n0\r\n\r\n"),
    ("ten thousand extensions", (b"5;a=" + b"b" * 1000 + b"\r\nhello\r\n") * 10_000),
    ("a bad chunk behind a good one", b"9c40\r\n" + b"x" * 40_000 + b"\r\n5 \r\nhello\r\n0\r\n\r\n"),
    ("a bad trailer behind a good chunk", b"9c40\r\n" + b"x" * 40_000 + b"\r\n0\r\nX : y\r\n\r\n"),
]


@pytest.mark.parametrize("body", [row[1] for row in STREAMED], ids=[row[0] for row in STREAMED])
def test_a_body_that_goes_wrong_on_its_way_is_refused_and_never_ends_for_the_instance(rota, raw_upstream, body):
    upstream = raw_upstream(lambda connection: connection.wait_closed(SECONDS))
    with Client(rota(to=[upstream]).port) as client:
        try:
            client.send(post(b"Transfer-Encoding: chunked", body + GOOD))
        except OSError:
            pass
        assert_own(parse(client.read_all()), 400, ERROR)
    assert all(b"\r\n0\r\n\r\n" not in received and b"smuggled" not in received for received in upstream.received)


def test_trailers_past_the_limit_are_431(rota, raw_upstream):  # 39
    upstream = raw_upstream(lambda connection: connection.wait_closed(SECONDS))
    with Client(rota(to=[upstream]).port) as client:
        client.send(post(b"Transfer-Encoding: chunked", b"0\r\n" + b"X: y\r\n" * 101 + b"\r\n" + GOOD))
        assert_own(parse(client.read_all()), 431, ERROR)
    assert upstream.received == []


@pytest.mark.parametrize("data", [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n", b"\r\nG", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 10_000], ids=ids)
def test_a_head_that_does_not_come_in_time_is_408(stage, data):  # 56
    refused(stage, data, 408)


def test_a_head_that_trickles_is_408_all_the_same(stage):
    rota, upstream = stage
    before = b"".join(upstream.received)
    with Client(rota.port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n")
        while not client.wait_closed(0.05):
            try:
                client.send(b"X")
            except OSError:
                break
        client.wait_closed(SECONDS)
        assert_own(parse(client.received), 408, ERROR)
    assert b"".join(upstream.received) == before


@pytest.mark.parametrize("data", [b"", b"\r\n"], ids=ids)
def test_a_connection_without_a_request_ends_without_an_answer(stage, data):
    with Client(stage[0].port) as client:
        client.send(data)
        assert client.read_all() == b""


def test_a_head_that_is_cut_short_has_no_answer_and_reaches_nobody(stage):
    rota, upstream = stage
    before = b"".join(upstream.received)
    with Client(rota.port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n")
        client.finish()
        assert client.read_all() == b""
    assert b"".join(upstream.received) == before


CUT = [
    post(b"Content-Length: 10", b"hello"),
    post(b"Transfer-Encoding: chunked", b"5\r\nhello\r\n"),
    post(b"Transfer-Encoding: chunked", b"5\r\nhel"),
    post(b"Transfer-Encoding: chunked", b"5\r\nhello\r\n0\r\nX: y\r\n"),
]


@pytest.mark.parametrize("data", CUT, ids=ids)
def test_a_body_that_is_cut_short_is_never_whole_for_the_instance(rota, raw_upstream, data):  # 11, 40
    upstream = raw_upstream(lambda connection: connection.wait_closed(SECONDS))
    with Client(rota(to=[upstream]).port) as client:
        client.send(data)
        client.finish()
        assert b" 200 " not in client.read_all()
    for connection in upstream.connections:
        assert connection.wait_closed(SECONDS)
        assert b"\r\n0\r\n\r\n" not in connection.received


def test_a_head_request_is_refused_without_a_body(stage):
    with Client(stage[0].port) as client:
        client.send(b"HEAD / HTTP/1.1\r\n\r\n")
        answer = parse(client.read_all())
    assert (answer.status, answer.body) == (400, b"")


def test_nothing_a_client_says_comes_back_in_a_refusal_or_raw_in_the_log(stage):
    marker = b"\x1b[31mEVIL"
    answer = refused(stage, b"GET /" + marker + b" HTTP/1.1\r\nHost: a\r\n\r\n", 400)
    assert b"EVIL" not in answer.body and "EVIL" not in str(answer.headers)
    assert "\x1b" not in stage[0].log()


# A read ends short of an urgent byte, with more behind it: it must neither be overlooked nor waited for.
def test_an_urgent_byte_is_a_byte_like_any_other(rota, raw_upstream):
    upstream = raw_upstream(OK)
    with Client(rota(to=[upstream]).port) as client:
        client.socket.send(b"GET / HTTP/1.1\r\nHo")
        client.socket.send(b"\x01", socket.MSG_OOB)
        client.socket.send(b"st: a\r\n\r\n")
        assert_own(parse(client.read_all()), 400, "http_request_error")
    assert upstream.received == []
