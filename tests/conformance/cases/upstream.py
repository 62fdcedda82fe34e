"""An instance that misbehaves: its client is told so or sees it, and nobody else is harmed. Cases 95 to 104."""

from row import GET, LAST, OK, REST, THEN, Cut, Do, Own, Relayed, Row, answered, bad_answer, chunks, get, post, served

POST = post(b"Content-Length: 5", body=b"hello")
EARLY = b"HTTP/1.1 %b\r\nContent-Length: 2\r\n\r\nno"
HEAD = b"HTTP/1.1 200 OK\r\n"
NONE = b"Content-Length: 0\r\n\r\n"
MALFORMED_ANSWER = Own(502, "http_protocol_error")
POISON = HEAD + b"Content-Length: 6\r\n\r\npoison"
HINTS = b"HTTP/1.1 103 Early Hints\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
TOO_LARGE = "http_response_header_section_size"
GONE = "connection_terminated"
SHORT = (("ROTA_TIMEOUTS_RESPONSE", "300ms"), ("ROTA_TIMEOUTS_BODY", "300ms"))
MIB = 1 << 20


def early(name, status, sent, whole):
    """Answered while it is on its way up: who knows whether the rest still comes, so both connections end."""
    return Row(95, name, sent, (int(status[:3]),), True, (Cut(whole),), ((EARLY % status,),), early=True, behind=False)


def reused(name, end, request, *requests, gets=200):
    """It comes on a connection that has been used before, and which its instance ends just then."""
    return served(96, name, (GET, THEN, request), (GET, request, *requests), (200, gets), answers=((OK,), (end,), (OK,)), pooled=None)


def rested(name, request):
    """The connection ended while it rested; nobody notices, and nothing is sent twice."""
    return served(96, name, (GET, THEN, REST, request), (GET, request), (200, 200), answers=((OK, Do.SEEN, Do.FIN, Do.CLOSED), (OK,)), pooled=False)


ENDINGS = {Do.CLOSE: "a close", Do.RESET: "a reset"}


def half(name, body, came, fields=b"Content-Length: 100\r\n", ends=(Do.CLOSE, Do.RESET)):
    """What came of an answer, and then the end of both connections: neither a last chunk, nor anything of what is behind it."""
    head = HEAD + fields + b"\r\n"
    return [
        answered(99, f"{name} and {ENDINGS.get(end, 'more')}", (head + body, Do.SEEN, end), head + came, closes=True, behind=False) for end in ends
    ]


CODING = b"Transfer-Encoding: chunked\r\n"
FIFTY = b"x" * 50
CHUNK = b"32\r\n" + FIFTY + b"\r\n"

EARLY_ANSWERS = [
    early(f"{status.decode()} in {name}", status, sent, whole)
    for status in (b"401 No", b"413 Too Much", b"200 OK")
    for name, sent, whole in [
        ("an upload", (post(b"Content-Length: 100000") + b"x" * 1000,), post(b"Content-Length: 100000") + b"x" * 100_000),
        ("chunks", (chunks(b"5\r\nhello\r\n"),), chunks(b"5\r\nhello\r\n" + LAST)),
    ]
]

ENDS = [
    *(
        reused(f"{end.name} as a {request.split(b' ')[0].decode()} comes", end, request, request)
        for end in (Do.CLOSE, Do.RESET)
        for request in [
            GET, get(method=b"OPTIONS"), get(method=b"DELETE"), post(b"Content-Length: 5", body=b"hello", method=b"PUT"),
        ]
    ),
    *(
        reused(f"{end.name} as a {request.split(b' ')[0].decode()} comes", end, request, gets=Own(502, GONE))
        for end in (Do.CLOSE, Do.RESET)
        for request in [POST, post(b"Content-Length: 5", body=b"hello", method=b"PATCH"), get(method=b"LOCK")]
    ),
    rested("an end before a GET comes", GET),
    rested("an end before a POST comes", POST),
    rested("an end before a LOCK comes", get(method=b"LOCK")),
]

MALFORMED = [
    *(
        bad_answer(97, name, answer)
        for name, answer in [
            ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n"),
            ("binary", bytes(range(256))),
            ("an empty line", b"\r\n" + OK),
            ("letters for a status", b"HTTP/1.1 abc\r\n\r\n"),
            ("no status", b"HTTP/1.1 OK\r\n" + NONE),
            ("two digits", b"HTTP/1.1 99 x\r\n" + NONE),
            ("four digits", b"HTTP/1.1 2000 x\r\n" + NONE),
            ("status 600", b"HTTP/1.1 600 x\r\n" + NONE),
            ("status 099", b"HTTP/1.1 099 x\r\n" + NONE),
            ("a sign", b"HTTP/1.1 +200 x\r\n" + NONE),
            ("no version", b"200 OK\r\n" + NONE),
            ("HTTP 2", b"HTTP/2 200\r\n" + NONE),
            ("HTTP 2.0", b"HTTP/2.0 200 OK\r\n" + NONE),
            ("HTTP 1.10", b"HTTP/1.10 200 OK\r\n" + NONE),
            ("lower case", b"http/1.1 200 OK\r\n" + NONE),
            ("two spaces", b"HTTP/1.1  200 OK\r\n" + NONE),
            ("a tab", b"HTTP/1.1\t200 OK\r\n" + NONE),
            ("LF everywhere", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
            ("LF behind a field", HEAD + b"X: y\n" + NONE),
            ("LF for the empty line", HEAD + b"Content-Length: 0\r\n\n"),
            ("CR in the reason", b"HTTP/1.1 200 O\rK\r\n" + NONE),
            ("NUL in the reason", b"HTTP/1.1 200 O\x00K\r\n" + NONE),
            ("NUL in a value", HEAD + b"X: a\x00b\r\n" + NONE),
            ("CR in a value", HEAD + b"X: a\rb\r\n" + NONE),
            ("LF in a value", HEAD + b"X: a\nb\r\n" + NONE),
            ("a control in a value", HEAD + b"X: \x1b[2J\r\n" + NONE),
            ("a folded line", HEAD + b"X: a\r\n b\r\n" + NONE),
            ("a space before the first field", HEAD + b" X: a\r\n" + NONE),
            ("a space before a colon", HEAD + b"Content-Length : 0\r\n\r\n"),
            ("no colon", HEAD + b"hello\r\n" + NONE),
            ("no name", HEAD + b": a\r\n" + NONE),
        ]
    ),
    answered(97, "garbage behind an interim answer", HINTS + b"GARBAGE\r\n\r\n", (103, MALFORMED_ANSWER)),
    bad_answer(97, "a field of 40 KiB", HEAD + b"X: " + b"x" * 40_960 + b"\r\n" + NONE, TOO_LARGE),
    bad_answer(97, "fields of 40 KiB", HEAD + (b"X: " + b"x" * 1000 + b"\r\n") * 41 + NONE, TOO_LARGE),
    bad_answer(97, "101 fields", HEAD + b"X: y\r\n" * 100 + NONE, TOO_LARGE),
    bad_answer(97, "a reason without an end", (b"HTTP/1.1 200 ", Do.POUR), TOO_LARGE),
    bad_answer(97, "a field without an end", (HEAD + b"X: ", Do.POUR), TOO_LARGE),
    bad_answer(97, "nothing but a close", (Do.CLOSE,), GONE, sent=POST),
    bad_answer(97, "a part of a head and a close", (HEAD + b"X: ", Do.CLOSE), GONE, sent=POST),
]

FRAMING = [
    bad_answer(98, name, HEAD + fields + b"\r\n\r\n" + body)
    for name, fields, body in [
        ("two lengths", b"Content-Length: 5\r\nContent-Length: 6", b"hello!"),
        ("the same length twice", b"Content-Length: 5\r\nContent-Length: 5", b"hello"),
        ("a list of lengths", b"Content-Length: 5, 5", b"hello"),
        ("plus", b"Content-Length: +5", b"hello"),
        ("minus", b"Content-Length: -5", b"hello"),
        ("hexadecimal", b"Content-Length: 0x5", b"hello"),
        ("a zero before it", b"Content-Length: 05", b"hello"),
        ("a letter behind it", b"Content-Length: 5x", b"hello"),
        ("an empty length", b"Content-Length:", b"hello"),
        ("a length past 64 bits", b"Content-Length: 99999999999999999999", b"hello"),
        ("a length and chunks", b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"5\r\nhello\r\n" + LAST),
        ("chunks and a length", b"Transfer-Encoding: chunked\r\nContent-Length: 5", b"5\r\nhello\r\n" + LAST),
        ("chunked in two lines", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", LAST),
        ("chunked twice", b"Transfer-Encoding: chunked, chunked", LAST),
        ("gzip before chunked", b"Transfer-Encoding: gzip, chunked", LAST),
        ("gzip behind chunked", b"Transfer-Encoding: chunked, gzip", LAST),
        ("gzip", b"Transfer-Encoding: gzip", b"hello"),
        ("identity", b"Transfer-Encoding: identity", b"hello"),
        ("an empty coding", b"Transfer-Encoding:", b"hello"),
        ("a vertical tab", b"Transfer-Encoding: \x0bchunked", LAST),
        ("a bad size at once", b"Transfer-Encoding: chunked", b"0x5\r\nhello\r\n" + LAST),
        ("a bad end of a chunk at once", b"Transfer-Encoding: chunked", b"5\r\nhelloXX\r\n" + LAST),
        ("LF in chunks at once", b"Transfer-Encoding: chunked", b"5\nhello\n0\n\n"),
    ]
]

INCOMPLETE = [
    *half("50 bytes of 100", FIFTY, FIFTY),
    *half("nothing of 100", b"", b""),
    *half("no last chunk", CHUNK, CHUNK, CODING),
    *half("half a chunk", b"64\r\n" + FIFTY, CHUNK, CODING),
    *half("half a last chunk", CHUNK + b"0\r\n", CHUNK, CODING),
    *half("half a trailer", CHUNK + b"0\r\nX: y\r\n", CHUNK, CODING),
    *half("a bad chunk", CHUNK, CHUNK, CODING, ends=(b"xyz\r\n",)),
    answered(99, "no length and a reset", (HEAD + b"\r\n" + FIFTY, Do.SEEN, Do.RESET), HEAD + CODING + b"\r\n" + CHUNK, closes=True, behind=False),
]

BEYOND = [
    answered(100, "behind a length", OK + POISON, OK),
    answered(100, "a byte behind a length", OK + b"x", OK),
    answered(100, "CRLF behind a length", OK + b"\r\n", OK),
    answered(100, "behind a last chunk", HEAD + CODING + b"\r\n2\r\nok\r\n" + LAST + POISON, Relayed(200, b"ok")),
    answered(100, "behind a body of nothing", HEAD + NONE + POISON, HEAD + NONE),
    answered(100, "in place of what is announced for HEAD", OK[:-2] + POISON, OK[:-2], get(method=b"HEAD")),
    answered(100, "later, on a connection that rests", (OK, Do.SEEN, POISON, Do.CLOSED), OK),
    answered(100, "a byte later, on a connection that rests", (OK, Do.SEEN, b"x", Do.CLOSED), OK),
    answered(100, "an interim answer later, on a connection that rests", (OK, Do.SEEN, HINTS, Do.CLOSED), OK),
    answered(100, "later, and a FIN", (OK, Do.SEEN, POISON, Do.FIN, Do.CLOSED), OK),
]

FLOODS = [
    answered(101, "a hundred thousand times 103", HINTS * 100_000, (103,) * 16 + (MALFORMED_ANSWER,), memory=8 * MIB),
    answered(101, "a hundred thousand times 100", CONTINUE * 100_000, (100, MALFORMED_ANSWER), memory=8 * MIB),
    answered(101, "seventeen times 103", HINTS * 17 + OK, (103,) * 16 + (MALFORMED_ANSWER,)),
    answered(101, "sixteen times 103", HINTS * 16 + OK, (103,) * 16 + (200,), pooled=True),
]

OLD = b"HTTP/1.0 200 OK\r\n"
STAYS = b"Connection: keep-alive\r\n"
TWO = b"Content-Length: 2\r\n\r\nok"
RAW_CHUNKS = b"5\r\nhello\r\n" + LAST

OLD_ANSWERS = [
    answered(102, "chunked", (OLD + CODING + b"\r\n" + RAW_CHUNKS, Do.CLOSE), Relayed(200, RAW_CHUNKS)),
    answered(102, "chunked, and it would stay", (OLD + STAYS + CODING + b"\r\n" + RAW_CHUNKS, Do.CLOSE), Relayed(200, RAW_CHUNKS)),
    answered(102, "a length", OLD + TWO, Relayed(200, b"ok")),
    answered(102, "a length, and it would stay", OLD + STAYS + TWO, Relayed(200, b"ok"), pooled=True),
    answered(102, "neither", (OLD + b"\r\nok", Do.CLOSE), Relayed(200, b"ok")),
]


def stalls(name, *answer, gets=Own(504, "http_response_timeout"), **options):
    return answered(103, name, answer, gets, env=SHORT, **options)


def stalls_later(name, beginning):
    return stalls(name, beginning, Do.CLOSED, gets=beginning, closes=True, behind=False)


DRIPS = (HEAD + b"X: ", *[b"x"] * 5000)

STALLS = [
    stalls("no head", Do.CLOSED),
    stalls("half a head", HEAD + b"Content-", Do.CLOSED),
    stalls("a head that drips", *DRIPS),
    stalls("a head that drips, for a post", *DRIPS, sent=POST),
    stalls("only an interim answer", HINTS, Do.CLOSED, gets=(103, Own(504, "http_response_timeout"))),
    stalls_later("a body that stalls", HEAD + b"Content-Length: 100\r\n\r\n" + FIFTY),
    stalls_later("chunks that stall", HEAD + CODING + b"\r\n" + CHUNK),
]

COOKIES = HEAD + b"Set-Cookie: a=b\r\n" * 98 + NONE
MUCH = [b"x" * MIB] * 16
MUCH_IN_CHUNKS = [b"100000\r\n" + piece + b"\r\n" for piece in MUCH]


def slowly_taken(name, *answer):
    return answered(104, name, answer, Relayed(200, b"".join(MUCH)), slow=True, memory=8 * MIB, pooled=True)


MEMORY = [
    bad_answer(104, "500 cookies", HEAD + b"Set-Cookie: a=b\r\n" * 500 + NONE, TOO_LARGE, memory=8 * MIB),
    answered(104, "98 cookies", COOKIES, COOKIES, pooled=True),
    slowly_taken("16 MiB to a slow client", HEAD + b"Content-Length: %d\r\n\r\n" % (16 * MIB), *MUCH),
    slowly_taken("16 MiB in chunks to a slow client", HEAD + CODING + b"\r\n", *MUCH_IN_CHUNKS, LAST),
]

ROWS = [*EARLY_ANSWERS, *ENDS, *MALFORMED, *FRAMING, *INCOMPLETE, *BEYOND, *FLOODS, *OLD_ANSWERS, *STALLS, *MEMORY]
