"""What one of the servers refuses though rota may forward it: strictness of its own, not another reading. Each reason is narrow: a server, a status, and what the
request has that it does not like. Nothing explains a disagreement."""

import re
import urllib.parse
from dataclasses import dataclass

ORDINARY = {b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"}
SINGLE = [b"Authorization", b"Range", b"If-Range", b"If-Match", b"If-None-Match", b"If-Modified-Since", b"If-Unmodified-Since"]
SINGLE += [b"Expect", b"Upgrade", b"TE", b"Content-Type"]


def method(request):
    return request.partition(b" ")[0]


def target(request):
    return request.split(b" ")[1]


def values(request, name):
    return re.findall(rb"(?i)\r\n%b:([^\r]*)" % name, request.partition(b"\r\n\r\n")[0])


def has_body(request):
    return bool(values(request, b"Content-Length") + values(request, b"Transfer-Encoding"))


def has_one_twice(request):
    return any(len(values(request, name)) > 1 for name in SINGLE)


def has_no_host(request):
    """As rota forwards a request by HTTP/1.0 that names none (RFC 9112 section 3.2)."""
    return [value.strip() for value in values(request, b"Host")] == [b""]


def is_not_utf8(request):
    try:
        urllib.parse.unquote_to_bytes(target(request)).decode()
    except UnicodeDecodeError:
        return True
    return False


def has_odd_host(request):
    """A label that begins with a digit or with -, or has an underscore."""
    host = b"".join(values(request, b"Host")).strip().partition(b":")[0]
    return not re.fullmatch(rb"(?:[A-Za-z][A-Za-z0-9-]*(?:\.|$))*", host)


def has_tab(request):
    return b"\t" in b"".join(values(request, b"Content-Length") + values(request, b"Host"))


@dataclass(frozen=True)
class Known:
    server: str
    status: int
    text: str
    applies: callable


KNOWN = [
    Known("nginx", 400, "methods are of A to Z, _ and - only", lambda request: re.search(rb"[^A-Z_-]", method(request))),
    Known("nginx", 400, "OPTIONS * is not known", lambda request: target(request) == b"*"),
    Known("nginx", 400, "a tab around a value", has_tab),
    Known("node", 400, "a tab around a value", has_tab),
    Known("nginx", 400, "a field twice that may be there once", has_one_twice),
    Known("lighttpd", 400, "a field twice that may be there once", has_one_twice),
    *(Known(server, 400, "an empty Host", has_no_host) for server in ("nginx", "apache2", "lighttpd")),
    Known("haproxy", 400, "PRI is the beginning of HTTP/2", lambda request: method(request).upper() == b"PRI"),
    Known("apache2", 200, "OPTIONS * is answered by itself", lambda request: request.startswith(b"OPTIONS * ")),
    Known("apache2", 400, "a Host with labels that are not those of a name", has_odd_host),
    Known("apache2", 417, "Expect twice", lambda request: len(values(request, b"Expect")) > 1),
    Known("lighttpd", 400, "a target that is not UTF-8", is_not_utf8),
    Known("lighttpd", 200, "OPTIONS * is answered by itself", lambda request: request.startswith(b"OPTIONS * ")),
    Known("lighttpd", 501, "a method that it does not know", lambda request: method(request) not in ORDINARY),
    Known("lighttpd", 411, "a POST without a length", lambda request: method(request) == b"POST" and not has_body(request)),
    Known("node", 400, "a method that it does not know", lambda request: method(request) not in ORDINARY),
]


def reason_for(server, verdict, forwarded):
    """Its text; None where there is none."""
    for known in KNOWN:
        if server == known.server and verdict == f"refused: {known.status}" and known.applies(forwarded):
            return known.text
    return None
