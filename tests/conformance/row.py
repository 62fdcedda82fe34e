"""What a row of the conformance tables is: bytes in, and what must become of them at both ends. Rows are data; test_conformance.py plays them, seeds.py gives
them to the fuzzers. The numbers are those of the wire cases that a proxy for HTTP/1.1 meets; a case has a row for each of its variants."""

import re
from dataclasses import dataclass
from enum import Enum

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BAD_REQUEST = "http_request_error"
CLIENT_GONE = '"error":"client_gone"'  # in the access log


class Do(Enum):
    """What an end does beside saying something: an instance as a step of its answer, a client at the end of what it sends."""

    SEEN = "waits until the client has had the next of what it gets"
    CLOSED = "waits until rota has closed this connection"
    BODY = "takes the rest of the request"
    QUIET = "hears nothing for a while"
    REST = "waits until the instance has done all that it is to do"
    POUR = "sends without an end, until that fails"
    FIN = "ends its direction"
    CLOSE = "closes"
    RESET = "resets"


# Among the pieces that a client sends. The next one only when the next of what it gets is there; when the instance is at rest; when nothing has come for a
# while.
THEN, REST, QUIET = Do.SEEN, Do.REST, Do.QUIET


@dataclass(frozen=True)
class Own:
    """An answer of rota's own."""

    status: int
    error: str = BAD_REQUEST


@dataclass(frozen=True)
class Relayed:
    """The instance's answer, of that body; how it is framed is rota's affair."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Cut:
    """A request that must not become whole for the instance: at most its beginning reaches it, and then the connection ends."""

    request: bytes


@dataclass(frozen=True)
class Row:
    case: int
    name: str
    sent: tuple  # bytes, THEN, REST or QUIET
    gets: tuple  # in this order: the instance's answer of that status (an int), exactly these bytes, a Relayed, or an Own
    closes: bool  # and nothing comes behind that; else the connection serves the next request
    reaches: tuple  # whole requests as an instance gets them, without the four lines that rota adds; or a Cut
    answers: tuple = ((OK,),)  # what the instance does with the first request, the second, and so on; the last one for all others
    ends: Do | None = None  # what the client does when all is sent (FIN), or when it has got all (CLOSE, RESET)
    behind: bool = True  # where the connection closes: another request may be sent behind this one, and must come to nothing
    early: bool = False  # the instance answers as soon as it has the head
    pooled: bool | None = None  # whether the connection to the instance is used again
    slow: bool = False  # the client takes nothing until the instance is stuck
    logs: str | None = None  # a pattern that its line of the access log has
    hides: str | None = None  # and one that it must not have
    memory: int | None = None  # the most that rota may have grown by, in bytes
    env: tuple = ()  # of the rota that it needs for itself

    @property
    def id(self):
        return f"{self.case}-{slug(self.name)}"


def slug(text):
    return re.sub(r"[^A-Za-z0-9.]+", "_", text).strip("_")


# ---- requests


def lines(*parts):
    return b"\r\n".join(parts) + b"\r\n\r\n"


def get(*fields, target=b"/", method=b"GET"):
    return lines(method + b" " + target + b" HTTP/1.1", b"Host: a", *fields)


def post(*fields, body=b"", method=b"POST"):
    return lines(method + b" / HTTP/1.1", b"Host: a", *fields) + body


CODING = b"Transfer-Encoding: chunked"
LAST = b"0\r\n\r\n"


def length(value, body=b""):
    return post(b"Content-Length: " + value, body=body)


def chunks(body, *fields):
    return post(CODING, *fields, body=body)


# ---- rows


def refused(case, name, sent, status=400, **options):
    """Answered by rota alone, which then closes; nothing of it reaches an instance."""
    return Row(case, name, pieces(sent), **{"gets": (Own(status),), "closes": True, "reaches": ()} | options)


def served(case, name, sent, reaches=None, gets=(200,), **options):
    """Forwarded as it is, or as `reaches` says, and answered; the connection stays."""
    if reaches is None:
        reaches = b"".join(piece for piece in pieces(sent) if isinstance(piece, bytes))
    return Row(case, name, pieces(sent), **{"gets": pieces(gets), "closes": False, "reaches": pieces(reaches), "pooled": True} | options)


def cut(case, name, sent, whole, gets=(), **options):
    """Breaks off or goes wrong on its way up: never `whole` for the instance."""
    return Row(case, name, pieces(sent), **{"gets": pieces(gets), "closes": True, "reaches": (Cut(whole),), "behind": False} | options)


GET = get()


def answered(case, name, answer, gets, sent=GET, **options):
    """What an instance does with a request (a step, or several), and what its client gets of it. The connection to the instance is not used again."""
    return served(case, name, sent, **{"gets": gets, "answers": (pieces(answer),), "pooled": False} | options)


def bad_answer(case, name, answer, error="http_protocol_error", **options):
    return answered(case, name, answer, Own(502, error), **options)


def pieces(value):
    return value if isinstance(value, tuple) else (value,)
