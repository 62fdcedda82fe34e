"""A client that says exactly what a test says, byte for byte, and what rota's own answers look like."""

import http.client
import io
import json
import socket

from support.rota import Answer, UpstreamConnection

# The room that a slow build needs. Where all is well, nothing waits that long.
SECONDS = 20.0

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Client(UpstreamConnection):
    """A connection to rota: at a port of 127.0.0.1, at (host, port), or at the path of a unix socket. Use as a context manager."""

    def __init__(self, to):
        if isinstance(to, str):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(SECONDS)
            connection.connect(to)
        else:
            connection = socket.create_connection(("127.0.0.1", to) if isinstance(to, int) else to, timeout=SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ask(self, data, method="GET"):
        self.send(data)
        return self.read_answer(method)

    def read_interim(self):
        """The next head, by itself: what a 1xx is."""
        head = self.read_head(SECONDS)
        assert head, f"no whole head in {self.received[-2000:]!r}"
        line, _, fields = head.partition(b"\r\n")
        return Answer(int(line.split(b" ")[1]), http.client.parse_headers(io.BytesIO(fields)), b"")

    def read_answer(self, method="GET"):
        """The next final answer, whole; interim ones before it are passed over. The body comes out of its framing."""
        answer = self.read_interim()
        while answer.status < 200:
            answer = self.read_interim()
        return self.read_body(answer, method)

    def read_body(self, answer, method="GET"):
        """What belongs to a final answer of which only the head has been read."""
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        if "Content-Length" in answer.headers:
            size = int(answer.headers["Content-Length"])
            answer.body = self.read_exactly(size, SECONDS)
            assert len(answer.body) == size, f"not whole: {self.received[-2000:]!r}"
        elif answer.headers["Transfer-Encoding"] == "chunked":
            answer.body, _ = dechunked(self._read_chunks(SECONDS))
        else:
            assert self.wait_closed(SECONDS)
            answer.body = self._take(len(self.received))
        return answer

    def read_all(self):
        """All that comes until rota closes, which it must."""
        assert self.wait_closed(SECONDS), f"still open after {self.received[-2000:]!r}"
        return self._take(len(self.received))


def dechunked(raw):
    """The payload of a whole chunked body, and its trailer section."""
    payload, rest = b"", raw
    while True:
        size, line_end, rest = rest.partition(b"\r\n")
        assert line_end, f"not whole: {raw[-2000:]!r}"
        if int(size, 16) == 0:
            assert rest.endswith(b"\r\n"), f"not whole: {raw[-2000:]!r}"
            return payload, rest[:-2]
        payload += rest[: int(size, 16)]
        rest = rest[int(size, 16) + 2 :]


def parse(received):
    """Status, fields and body of the one answer that `received` is."""
    head, _, body = received.partition(b"\r\n\r\n")
    line, _, fields = head.partition(b"\r\n")
    assert line.startswith(b"HTTP/1.1 "), f"no answer: {received[:2000]!r}"
    return Answer(int(line.split(b" ")[1]), http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n")), body)


def assert_own(answer, status, error):
    """It is rota's own answer, and says the same thing at each place where it says it."""
    assert answer.status == status, answer
    document = json.loads(answer.body)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Proxy-Status"] == f"rota; error={error}"
    assert (document["status"], document["error"]) == (status, error)
    assert document["title"] and document["request_id"] == answer.headers["X-Request-Id"]
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    return document


def fields_of(request):
    """The head of a request as it reached an instance: its first line, and its field lines as they stand."""
    line, *fields = request.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return line, fields


def values_of(request, name):
    """What a request that reached an instance says under `name`, once for each line."""
    lines = [line.partition(b":") for line in fields_of(request)[1]]
    return [value.strip() for key, _, value in lines if key.lower() == name.lower().encode()]
