"""Mutants for the differential check: the requests of the rows, and good ones, each changed a little. The same seed makes the same mutants."""

import random
import re

from cases import SECTIONS
from row import CODING, LAST, chunks, get, length, lines, post

LARGEST = 4096  # a longer request takes its time and shows nothing else

INSIDE = get(target=b"/inside")
GOOD = [
    get(),
    get(target=b"/a/b.c?d=e&f=%20g"),
    get(b"Accept: */*", b"User-Agent: test/1.0 (a; b)", b"Cookie: a=b; c=d", b"Accept-Encoding: gzip, br"),
    get(b"Connection: keep-alive"),
    get(b"Connection: close"),
    get(b"Connection: X-Hop, close", b"X-Hop: 1"),
    get(b"If-None-Match: \"a\"", b"Range: bytes=0-4", b"Authorization: Basic YTpi", target=b"/x"),
    get(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
    get(method=b"HEAD", target=b"/head"),
    get(method=b"OPTIONS", target=b"/options"),
    get(b"Content-Length: 3", method=b"DELETE") + b"abc",
    length(b"0"),
    length(b"5", b"hello"),
    length(b"%d" % len(INSIDE), INSIDE),
    post(b"Content-Type: application/json", b"Content-Length: 13", b"Accept: */*", body=b'{"a": "b\\n"}\n'),
    post(b"Content-Length: 300", body=b"0123456789\r\n" * 25, method=b"PUT"),
    post(b"Expect: 100-continue", b"Content-Length: 2", body=b"hi"),
    chunks(b"5\r\nhello\r\n" + LAST),
    chunks(b"2\r\nhi\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n" + LAST, b"Content-Type: text/plain"),
    chunks(b"1;a=b\r\nx\r\n2;c=\"d\"\r\nyz\r\n0\r\nX-Trailer: 1\r\n\r\n", b"Trailer: X-Trailer", b"TE: trailers"),
    chunks(b"f\r\n0\r\n\r\nGET / HTTP\r\n" + LAST),
    lines(b"GET /old HTTP/1.0", b"Host: a", b"Connection: keep-alive"),
    lines(b"POST /old HTTP/1.0", b"Host: a", b"Content-Length: 2") + b"hi",
]

# What has a meaning for how a request is framed, or for whom it is meant.
FIELDS = [
    CODING,
    b"transfer-encoding: Chunked",
    b"Transfer-Encoding: identity",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked, chunked",
    b"Transfer-Encoding:\tchunked ",
    b"Transfer-Encoding: \x0bchunked",
    b"Transfer-Encoding : chunked",
    b"Transfer_Encoding: chunked",
    b"X: y\rTransfer-Encoding: chunked",
    b"Content-Length: 0",
    b"Content-Length: 5",
    b"content-length: 5, 5",
    b"Content-Length: +5",
    b"Content_Length: 5",
    b"Content-Length:",
    b"Connection: close",
    b"Connection: keep-alive, Content-Length",
    b"Connection: Transfer-Encoding",
    b"Connection: Host",
    b"Keep-Alive: timeout=5",
    b"Proxy-Connection: close",
    b"Expect: 100-continue",
    b"Upgrade: h2c",
    b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    b"TE: trailers, chunked",
    b"Trailer: Content-Length",
    b"Host: b",
    b"X-HTTP-Method-Override: DELETE",
    b"X-Forwarded-For: 1.2.3.4",
    b"X-Original-URL: /other",
    b"Max-Forwards: 0",
    b"Content-Encoding: gzip",
    b"X: a\r\n folded",
]
METHODS = [b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"PROPFIND", b"get", b"GE T", b"G-E_T!", b"QUERY"]
TARGETS = [b"/", b"*", b"//a//b", b"/a/../b", b"/%2e%2e/", b"/a%2fb", b"/a?b?c", b"/?", b"http://a/x", b"http://b/", b"a:80", b"/a#b", b"/a|b", b"/{x}", b"/\xc3\xa9", b"/a\tb", b"/'\"<>"]
VERSIONS = [b"HTTP/1.0", b"HTTP/1.1", b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b"HTTP/1.1 ", b"HTTP/01.1", b""]
BREAKS = [b"\r", b"\n", b"\r\n", b" ", b"\t", b"\x00", b"\x0b", b"\x85", b"\r\n ", b"\n\n", b"\r\n\r\n", b";", b",", b":"]
SIZES = [b"%X", b"0%x", b"00000000%x", b"0x%x", b"%x ", b" %x", b"+%x", b"-%x", b"%x;", b"%x;a=b", b"%x;a=\"\r\nb\"", b"%x;a\n", b"%x\t;a", b"1%016x", b"%xg", b"%x\x00", b"%x,"]
# What a body may be made of, so that who misses its end goes wrong.
INSIDES = [LAST, INSIDE, b"\r\n", b"\n", b"\x00", b"5\r\n", b"GET / HTTP/1.1\r\n", b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 100, bytes(range(256))]
EXTENSIONS = [b"", b"", b"", b";", b";a", b";a=b", b'; a = "b;c"']
TRAILERS = [b"", b"", b"X-Trailer: 1\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: b\r\n"]


# ---- where


def place(rng, data):
    """Somewhere; every other time in the head, which is the smaller part of most."""
    head = data.find(b"\r\n\r\n") + 4
    return rng.randrange(head if head > 4 and rng.random() < 0.5 else len(data))


def replaced(data, match, text):
    return data[: match.start()] + text + data[match.end() :]


def one_of(rng, pattern, data):
    """A match, any of them; None where there is none."""
    found = list(re.finditer(pattern, data))
    return rng.choice(found) if found else None


# ---- what is done: each takes a whole request, and gives one that may be unchanged


def flip(rng, data, _):
    at = place(rng, data)
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def put(rng, data, _):
    at = place(rng, data)
    return data[:at] + rng.choice(BREAKS) + data[at + rng.randrange(2) :]


def take_break(rng, data, _):
    match = one_of(rng, rb"[\r\n \t:;,]", data)
    return replaced(data, match, b"") if match else data


def change_break(rng, data, _):
    match = one_of(rng, rb"\r\n|[ \t:]", data)
    return replaced(data, match, rng.choice(BREAKS)) if match else data


def cut_out(rng, data, _):
    at = place(rng, data)
    return data[:at] + data[at + rng.randint(1, 8) :]


def repeat_line(rng, data, _):
    all_lines = data.split(b"\r\n")
    line = rng.choice(all_lines)
    all_lines.insert(rng.randrange(len(all_lines)), line.swapcase() if rng.random() < 0.3 else line)
    return b"\r\n".join(all_lines)


def move_line(rng, data, _):
    all_lines = data.split(b"\r\n")
    line = all_lines.pop(rng.randrange(len(all_lines)))
    all_lines.insert(rng.randint(0, len(all_lines)), line)
    return b"\r\n".join(all_lines)


def add_field(rng, data, _):
    all_lines = data.split(b"\r\n")
    ends = all_lines.index(b"") if b"" in all_lines else len(all_lines)
    all_lines.insert(rng.randint(min(1, ends), ends), rng.choice(FIELDS))
    return b"\r\n".join(all_lines)


def change_number(rng, data, _):
    match = one_of(rng, rb"\d+", data)
    if not match or len(match[0]) > 18:
        return data
    number = int(match[0])
    texts = [b"%d" % (number + 1), b"%d" % (number - 1), b"0%d" % number, b"+%d" % number, b"%d, %d" % (number, number), b"%d " % number, b"0x%x" % number]
    texts += [b"%d" % (number + 2**64), b"%d.0" % number, b"%d0" % number, b"-%d" % number, b"", b"0", b"%d" % rng.randrange(200)]
    return replaced(data, match, rng.choice(texts))


def change_size(rng, data, _):
    match = one_of(rng, rb"(?<=\r\n)[0-9A-Fa-f]{1,8}(?=[;\r])", data)
    return replaced(data, match, rng.choice(SIZES) % int(match[0], 16)) if match else data


def change_case(rng, data, _):
    match = one_of(rng, rb"[A-Za-z]+", data)
    return replaced(data, match, match[0].swapcase() if rng.random() < 0.7 else match[0].title()) if match else data


def change_first_line(rng, data, _):
    line, end, rest = data.partition(b"\r\n")
    words = line.split(b" ")
    if len(words) != 3:
        return data
    at, choices = rng.choice([(0, METHODS), (1, TARGETS), (2, VERSIONS)])
    words[at] = rng.choice(choices)
    return b" ".join(words) + end + rest


def change_target(rng, data, _):
    """A byte of the target that may be anything."""
    match = re.match(rb"\S+ /", data)
    at = match.end() if match else 0
    return data[:at] + bytes([rng.randrange(256)]) + data[at:]


def change_letter(rng, data, _):
    match = one_of(rng, rb"[a-z]", data)
    return replaced(data, match, rng.choice([b"%c" % rng.randrange(33, 127), b"x", b"1", b"-", b"=", b"%41"])) if match else data


def other_body(rng, data, _):
    """Another one, in its right framing."""
    head, _, _ = data.partition(b"\r\n\r\n")
    insides = rng.choices(INSIDES, k=rng.randint(0, 4))
    body = b"".join(insides)
    if b"\r\nTransfer-Encoding: chunked" in head:
        pieces = [(b"%X" if rng.random() < 0.3 else b"%x") % len(piece) + rng.choice(EXTENSIONS) + b"\r\n" + piece + b"\r\n" for piece in insides]
        return head + b"\r\n\r\n" + b"".join(pieces) + b"0\r\n" + rng.choice(TRAILERS) + b"\r\n"
    known = re.sub(rb"(?i)(\r\nContent-Length: )\d+", rb"\g<1>%d" % len(body), head)
    field = b"" if known != head or b"\r\nContent-Length:" in head else b"\r\nContent-Length: %d" % len(body)
    return known + field + b"\r\n\r\n" + body


def splice(rng, data, other):
    """The beginning of one and the end of another, mostly at their lines."""
    if rng.random() < 0.3:
        return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]
    mine, its = data.split(b"\r\n"), other.split(b"\r\n")
    return b"\r\n".join(mine[: rng.randint(1, len(mine))] + its[rng.randrange(len(its)) :])


def put_behind(rng, data, other):
    return data + other


CHANGES = {
    flip: 4,
    put: 3,
    take_break: 1,
    change_break: 1,
    cut_out: 1,
    repeat_line: 2,
    move_line: 2,
    add_field: 5,
    change_number: 4,
    change_size: 4,
    change_case: 4,
    change_letter: 3,
    other_body: 6,
    change_first_line: 2,
    change_target: 2,
    splice: 3,
    put_behind: 1,
}


# ---- all of it


def seeds():
    """The good requests, the rows that are forwarded, and all other rows: their bytes, each once."""
    forwarded, others = {}, {}
    for row in (row for rows in SECTIONS.values() for row in rows):
        request = b"".join(piece for piece in row.sent if isinstance(piece, bytes))
        if 0 < len(request) <= LARGEST:
            (forwarded if row.reaches and not row.closes else others)[request] = True
    return GOOD, list(forwarded), list(others)


def mutants(count, seed):
    """So many requests, no two alike, and none of them a seed."""
    rng = random.Random(seed)
    groups = seeds()
    changes, weights = list(CHANGES), list(CHANGES.values())

    def pick():
        return rng.choice(rng.choices(groups, (6, 4, 1))[0])

    known = {seed for group in groups for seed in group} | {b""}
    last = len(known) + count
    while len(known) < last:
        mutant = pick()
        for change in rng.choices(changes, weights, k=rng.choices((1, 2, 3), (8, 2, 1))[0]):
            mutant = change(rng, mutant, pick()) or mutant  # nothing left: as it was
        if rng.random() < 0.2:
            mutant = mutant.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        if mutant not in known:
            known.add(mutant)
            yield mutant
