"""What a connection is, whom its fields concern, when it stays, ends, or becomes something else. Cases 79 to 94."""

from row import CLIENT_GONE, CODING, GET, LAST, OK, QUIET, THEN, Cut, Do, Own, answered, chunks, cut, get, lines, post, refused, served

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
OLD = lines(b"GET / HTTP/1.0", b"Host: a")
OLD_THAT_STAYS = lines(b"GET / HTTP/1.0", b"Host: a", b"Connection: keep-alive")
UNAUTHORIZED = OK.replace(b"200 OK", b"401 No")
PROTECTED = [b"Content-Type: text/plain", b"Authorization: Basic eDp5", b"Cookie: a=b", b"Content-Length: 2"]


NOBODYS = (b"User-Agent:x", b"X:  y  ", b"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")


def protected(names):
    return served(79, names.decode(), post(b"Connection: close, " + names, *PROTECTED, body=b"hi"), post(*PROTECTED, body=b"hi"), closes=True)


def stripped(name, *fields, kept=()):
    return served(80, name, get(*fields), get(*kept))


def not_believed(name, text):
    return served(93, name, get(text), GET)


# ---- upgrades

ASK = get(b"Connection: Upgrade", b"Upgrade: foo/1", target=b"/chat")
ASKED = get(b"Connection: upgrade", b"Upgrade: foo/1", target=b"/chat")
PLAIN = get(target=b"/chat")
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo/1\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: foo/1\r\n\r\n"
SECOND = get(target=b"/second")
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
VERSION = b"Sec-WebSocket-Version: 13"


def websocket(*fields, method=b"GET"):
    """A handshake, and the same without what asks for a switch."""
    return get(b"Connection: Upgrade", b"Upgrade: websocket", *fields, method=method), get(*fields, method=method)


def not_upgraded(name, sent, reaches=PLAIN, **options):
    return served(82, name, sent, reaches, **options)


def with_body(request, body):
    """The same by PUT."""
    return request.replace(b"GET", b"PUT")[:-2] + body


WITH_LENGTH = b"Content-Length: 4\r\n\r\nbody"
WITH_CHUNKS = CODING + b"\r\n\r\n4\r\nbody\r\n" + LAST


def bad_switch(name, answer, sent=ASK, reaches=ASKED, **options):
    return answered(83, name, answer + b"and more", Own(502, "http_protocol_error"), sent, reaches=(reaches,), **options)


UPGRADES = [
    served(81, "and a second request, and the instance says 200", ASK + SECOND, (ASKED, SECOND), (200, 200)),
    served(81, "and a second request, and the instance says 401", ASK + SECOND, (ASKED, SECOND), (401, 401), answers=((UNAUTHORIZED,),)),
    served(81, "and a bad second request", ASK + get(target=b"/a/../b"), ASKED, (200, Own(400)), closes=True),
    answered(82, "switches where it was asked for", (SWITCH, Do.CLOSE), SWITCHED, ASK, reaches=(ASKED,), closes=True, behind=False),
    answered(
        82,
        "a WebSocket",
        (SWITCH.replace(b"foo/1", b"websocket"), Do.CLOSE),
        SWITCHED.replace(b"foo/1", b"websocket"),
        websocket(VERSION, KEY)[0],
        reaches=(get(VERSION, KEY, b"Connection: upgrade", b"Upgrade: websocket"),),
        closes=True,
        behind=False,
    ),
    not_upgraded("without Connection", ASK.replace(b"Connection: Upgrade\r\n", b"")),
    not_upgraded("over 1.0", ASK.replace(b"HTTP/1.1", b"HTTP/1.0"), closes=True),
    not_upgraded("to h2c", get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__", target=b"/chat")),
    not_upgraded("to h2", ASK.replace(b"foo/1", b"h2")),
    not_upgraded("to HTTP 2.0", ASK.replace(b"foo/1", b"HTTP/2.0")),
    not_upgraded("to one of two", ASK.replace(b"foo/1", b"foo/1, bar")),
    not_upgraded("to h2c or another", ASK.replace(b"foo/1", b"foo/1, h2c")),
    not_upgraded("to one of two lines", ASK.replace(b"Upgrade: foo/1\r\n", b"Upgrade: foo/1\r\nUpgrade: bar\r\n")),
    not_upgraded("to nothing", ASK.replace(b"foo/1", b"")),
    not_upgraded("a WebSocket by POST", *websocket(VERSION, KEY, method=b"POST")),
    not_upgraded("a WebSocket of an old version", *websocket(b"Sec-WebSocket-Version: 8", KEY)),
    not_upgraded("a WebSocket of no version", *websocket(KEY)),
    not_upgraded("a WebSocket without a key", *websocket(VERSION)),
    not_upgraded("a WebSocket with a short key", *websocket(VERSION, b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ===")),
    not_upgraded("a WebSocket with two keys", *websocket(VERSION, KEY, KEY)),
    bad_switch("nobody asked", SWITCH, GET, GET),
    bad_switch("another version", SWITCH.replace(b"foo/1", b"foo/2")),
    bad_switch("another protocol", SWITCH.replace(b"foo/1", b"websocket")),
    bad_switch("two protocols", SWITCH.replace(b"foo/1", b"foo/1, bar")),
    bad_switch("no Upgrade", SWITCH.replace(b"Upgrade: foo/1\r\n", b"")),
    bad_switch("no Connection", SWITCH.replace(b"Connection: Upgrade\r\n", b"")),
    bad_switch("a length", SWITCH.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n")),
    bad_switch("asked by 1.0", SWITCH, ASK.replace(b"HTTP/1.1", b"HTTP/1.0"), PLAIN, closes=True),
    served(84, "with a length", with_body(ASK, WITH_LENGTH), with_body(PLAIN, WITH_LENGTH)),
    served(84, "with chunks", with_body(ASK, WITH_CHUNKS), with_body(PLAIN, WITH_CHUNKS)),
    answered(84, "with a length, and a 101", SWITCH, Own(502, "http_protocol_error"), with_body(ASK, WITH_LENGTH), reaches=(with_body(PLAIN, WITH_LENGTH),)),
]

# ---- Expect

EXPECT = b"Expect: 100-continue"
EXPECTING = post(b"Content-Length: 5", EXPECT)
WHOLE = EXPECTING + b"hello"
LATE = (EXPECTING, THEN, b"hello")


def expecting(name, sent, gets, answers, reaches=WHOLE, **options):
    """The instance speaks as soon as it has the head."""
    return served(85, name, sent, reaches, gets, **{"answers": (answers,), "early": True} | options)


def final(name, answer, status):
    """Instead of 100. Whether the body still comes nobody knows, so both connections end."""
    return expecting(name, EXPECTING, status, (answer,), Cut(WHOLE), closes=True, behind=False, pooled=None)


def unknown(name, *fields):
    return refused(85, name, post(*fields, b"Content-Length: 5", body=b"hello"), 417)


CHUNKED_HI = chunks(b"2\r\nhi\r\n" + LAST, EXPECT)

EXPECTATIONS = [
    expecting("100 and then the answer", LATE, (100, 200), (CONTINUE, Do.BODY, OK)),
    expecting("100 twice, of which one is passed on", LATE, (100, 200), (CONTINUE, CONTINUE, Do.BODY, OK)),
    final("401 instead of 100", UNAUTHORIZED, 401),
    final("200 instead of 100", OK, 200),
    served(85, "no 100, and the body comes all the same", (EXPECTING, b"hello"), WHOLE),
    served(85, "none without Expect, to a body that comes late", (post(b"Content-Length: 5"), QUIET, b"hello"), post(b"Content-Length: 5", body=b"hello")),
    served(85, "none without Expect, to chunks that come late", (chunks(b""), QUIET, b"2\r\nhi\r\n" + LAST), chunks(b"2\r\nhi\r\n" + LAST)),
    served(85, "without a body", get(EXPECT), GET),
    served(
        85,
        "by 1.0, which gets no 100",
        lines(b"POST / HTTP/1.0", b"Host: a", b"Content-Length: 5", EXPECT) + b"hello",
        post(b"Content-Length: 5", body=b"hello"),
        answers=((CONTINUE + OK,),),
        closes=True,
    ),
    served(85, "in any case", post(b"Content-Length: 5", b"expect: 100-Continue", body=b"hello")),
    unknown("something else", b"Expect: 200-ok"),
    unknown("100 and something else", b"Expect: 100-continue, x"),
    unknown("nothing", b"Expect:"),
    unknown("100 and something else in two lines", EXPECT, b"Expect: x"),
    unknown("100 with a parameter", b"Expect: 100-continue;x=1"),
    served(86, "the body at once, and the next request behind it", WHOLE + GET, (WHOLE, GET), (200, 200)),
    served(86, "the body at once, and a 100 for it", WHOLE + GET, (WHOLE, GET), (100, 200, 200), answers=((CONTINUE, OK), (OK,))),
    served(86, "chunks at once, and the next request behind them", CHUNKED_HI + GET, (post(EXPECT, CODING, body=b"2\r\nhi\r\n" + LAST), GET), (200, 200)),
]

# ---- answers without a body

POISON = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"


CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n"
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n"
SIX = b"Content-Length: 6\r\n\r\n"


def bodiless(name, answer, gets, method=b"GET", **options):
    return answered(87, name, answer, gets, get(method=method), **options)


BODILESS = [
    bodiless("HEAD with a body", OK, OK[:-2], b"HEAD"),
    bodiless("HEAD with another answer", OK[:-2] + POISON, OK[:-2], b"HEAD"),
    bodiless("HEAD with chunks", b"HTTP/1.1 200 OK\r\n" + CHUNKS, 200, b"HEAD"),
    bodiless("HEAD that says nothing of a body", b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n", b"HEAD", pooled=True),
    bodiless("204 with a length and a body", NO_CONTENT + SIX + b"poison", NO_CONTENT + b"\r\n"),
    bodiless("204 with a length of nothing", NO_CONTENT + b"Content-Length: 0\r\n\r\n", NO_CONTENT + b"\r\n", pooled=True),
    bodiless("204 with chunks", NO_CONTENT + CHUNKS, NO_CONTENT + b"\r\n"),
    bodiless("204 with a body that it does not announce", NO_CONTENT + b"\r\npoison", NO_CONTENT + b"\r\n"),
    bodiless("304 with a length and a body", NOT_MODIFIED + SIX + b"poison", NOT_MODIFIED + SIX),
    bodiless("304 with a length alone", NOT_MODIFIED + SIX, NOT_MODIFIED + SIX, pooled=True),
    bodiless("304 with chunks", NOT_MODIFIED + CHUNKS, 304),
    bodiless("103 with a length", b"HTTP/1.1 103 Early Hints\r\n" + SIX + b"poison" + OK, Own(502, "http_protocol_error")),
    bodiless("103 with chunks", b"HTTP/1.1 103 Early Hints\r\n" + CHUNKS + OK, Own(502, "http_protocol_error")),
    bodiless("103 before the answer", HINTS + OK, HINTS + OK, pooled=True),
]

# ---- how long a connection stays

CHUNKED_OK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
POST = post(b"Content-Length: 2", body=b"hi")
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok"
SAYS_CLOSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

PERSISTENCE = [
    served(88, "the second one bad", GET + get(b"X : y") + SECOND, GET, (200, Own(400)), closes=True),
    served(88, "the second one of two hosts", GET + get(b"Host: b") + SECOND, GET, (200, Own(400)), closes=True),
    served(88, "the second one with a length and chunks", GET + post(CODING, b"Content-Length: 5", body=LAST) + SECOND, GET, (200, Own(400)), closes=True),
    served(88, "the second one with a bad chunk", GET + chunks(b"5 \r\nhello\r\n" + LAST) + SECOND, GET, (200, Own(400)), closes=True),
    served(88, "three good ones", GET + SECOND + GET, (GET, SECOND, GET), (200, 200, 200)),
    served(88, "a post between two", GET + POST + SECOND, (GET, POST, SECOND), (200, 200, 200)),
    served(89, "a FIN behind a request", GET, closes=True, ends=Do.FIN, behind=False),
    served(89, "a FIN behind a post", POST, closes=True, ends=Do.FIN, behind=False),
    served(89, "a FIN behind two requests", GET + SECOND, (GET, SECOND), (200, 200), closes=True, ends=Do.FIN, behind=False),
    served(90, "closes by itself", OLD, GET, closes=True),
    served(90, "without a Host", lines(b"GET / HTTP/1.0"), lines(b"GET / HTTP/1.1", b"Host: "), closes=True),
    served(90, "stays where it is asked to", OLD_THAT_STAYS, GET, OK.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n")),
    served(90, "closes where it says both", lines(b"GET / HTTP/1.0", b"Host: a", b"Connection: keep-alive, close"), GET, closes=True),
    served(90, "gets no chunks", OLD, GET, UNTIL_CLOSE, answers=((CHUNKED_OK,),), closes=True),
    served(90, "gets no chunks where it would stay", OLD_THAT_STAYS, GET, UNTIL_CLOSE, answers=((CHUNKED_OK,),), closes=True),
    served(90, "gets no interim answer", OLD, GET, SAYS_CLOSE, answers=((HINTS + OK,),), closes=True),
    served(91, "close", get(b"Connection: close"), GET, closes=True),
    served(91, "close in any case", get(b"connection: CLOSE"), GET, closes=True),
    served(91, "close among others", get(b"Connection: x, close ,y"), GET, closes=True),
    served(91, "close in a second line", get(b"Connection: keep-alive", b"Connection: close"), GET, closes=True),
    served(91, "close in a second request", GET + get(b"Connection: close", target=b"/second") + GET, (GET, SECOND), (200, 200), closes=True),
    served(91, "close by the instance concerns the instance alone", GET, gets=OK, answers=((SAYS_CLOSE,),), pooled=False),
]

# ---- clients that leave

UPLOAD = post(b"Content-Length: 1000000")
ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"


def leaves(where, end, sent, whole):
    """Once the instance has its head, and has said so."""
    return cut(92, f"{end.name} in {where}", sent, whole, HINTS, answers=((HINTS,),), early=True, ends=end, logs=CLIENT_GONE)


LEAVES = [
    row
    for end in (Do.CLOSE, Do.RESET)
    for row in [
        leaves("an upload", end, UPLOAD + b"x" * 1000, UPLOAD + b"x" * 1_000_000),
        leaves("chunks", end, chunks(b"5\r\nhello\r\n"), chunks(b"5\r\nhello\r\n" + LAST)),
        answered(92, f"{end.name} while it waits", (HINTS, Do.CLOSED), HINTS, ends=end, closes=True, behind=False, logs=CLIENT_GONE),
        answered(92, f"{end.name} in a download", (ENDLESS, Do.POUR), ENDLESS + b"xxx", ends=end, closes=True, behind=False, logs=CLIENT_GONE),
    ]
]

# ---- fields

FIELDS = [
    *(protected(line.partition(b":")[0]) for line in (b"Host", *PROTECTED)),
    protected(b"Host, Content-Length, X-Forwarded-For, Authorization"),
    served(79, "X-Forwarded-For", get(b"Connection: X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Proto", b"X-Forwarded-For: 192.0.2.1"), GET),
    served(79, "X-Request-Id", get(b"Connection: X-Request-Id"), GET),
    served(79, "Transfer-Encoding", post(b"Connection: Transfer-Encoding", CODING, body=LAST), chunks(LAST)),
    refused(79, "a hundred names", get(b"Connection: " + b",".join(b"x%d" % number for number in range(100)))),
    refused(79, "no list of names", get(b"Connection: a b")),
    refused(79, "a parameter", get(b"Connection: close;x")),
    stripped("Connection", b"Connection: keep-alive"),
    stripped("Connection, empty", b"Connection:"),
    stripped("Keep-Alive", b"Keep-Alive: timeout=5"),
    stripped("Proxy-Connection", b"Proxy-Connection: keep-alive"),
    stripped("Proxy-Authenticate", b"Proxy-Authenticate: Basic"),
    stripped("Upgrade", b"Upgrade: websocket"),
    stripped("HTTP2-Settings that Connection lists", b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__"),
    stripped("what Connection lists", b"Connection: X-Mine, x-other", b"x-mine: 1", b"X-Other: 2", b"X-MINE: 3", b"X: y", kept=(b"X: y",)),
    stripped("what a Connection further down lists", b"X-Mine: 1", b"Connection: ,x-mine ,"),
    stripped("what Connection lists twice", b"X-Mine: 1", b"Connection: a, a, X-Mine"),
    stripped("TE gzip", b"TE: gzip"),
    stripped("TE gzip with a weight", b"TE: gzip;q=0.5"),
    stripped("TE, empty", b"TE:"),
    stripped("TE trailers", b"TE: trailers", kept=(b"Connection: TE", b"TE: trailers")),
    stripped("TE trailers and gzip", b"TE: trailers, gzip", kept=(b"Connection: TE", b"TE: trailers")),
    stripped("TE gzip and trailers in two lines", b"TE: gzip", b"TE: Trailers", kept=(b"Connection: TE", b"TE: trailers")),
    stripped("TE that Connection lists", b"Connection: TE", b"TE: gzip, trailers", kept=(b"Connection: TE", b"TE: trailers")),
    stripped("nothing of what is nobody's business", *NOBODYS, kept=NOBODYS),
    *(
        not_believed(name, name.encode() + b": 192.0.2.1")
        for name in ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix", "x-forwarded-ssl", "Forwarded", "X-Real-IP", "X-Request-Id", "Proxy"]
    ),
    *(
        not_believed("a twin: " + name, name.encode() + b": 192.0.2.1")
        for name in ["X_Forwarded_For", "X_Forwarded_Host", "X_FORWARDED_PROTO", "X_Forwarded_Port", "X_Forwarded_Server_Name_And_More", "X_Real_IP", "X_Request_Id", "Proxy_Connection"]
    ),
    *(
        not_believed("a twin by another byte: " + name, name.encode() + b": 192.0.2.1")
        for name in ["X.Forwarded.For", "X.Real.IP", "X.Forwarded.Port", "X~Request~Id", "x_forwarded.for"]
    ),
    not_believed("in lower case", b"x-forwarded-for:192.0.2.1"),
    not_believed("half a twin", b"x_forwarded-for: 192.0.2.1"),
    not_believed("in any case", b"x-FoRwArDeD-fOr: 192.0.2.1"),
    *(
        refused(93, name, get(text))
        for name, text in [
            ("a space behind the name", b"X-Forwarded-For : 192.0.2.1"),
            ("a tab behind the name", b"X-Real-IP\t: 192.0.2.1"),
            ("a space before the name", b" X-Forwarded-For: 192.0.2.1"),
            ("a soft hyphen for a dash", b"X\xadForwarded-For: 192.0.2.1"),
            ("a hyphen of Unicode for a dash", b"X\xe2\x80\x90Real-IP: 192.0.2.1"),
            ("a space for a dash", b"X Real-IP: 192.0.2.1"),
            ("NUL behind the name", b"X-Real-IP\x00: 192.0.2.1"),
            ("a slash for a dash", b"X/Real-IP: 192.0.2.1"),
            ("in a folded line", b"X: y\r\n X-Real-IP: 192.0.2.1"),
        ]
    ),
    not_believed("a list in X-Forwarded-For", b"X-Forwarded-For: 192.0.2.1, 127.0.0.1"),
    served(93, "X-Forwarded-For twice", lines(b"GET / HTTP/1.1", b"X-Forwarded-For: 192.0.2.1", b"Host: a", b"X-Forwarded-For: 192.0.2.2"), GET),
    refused(94, "LF in the user agent", get(b"User-Agent: a\nb")),
    refused(94, "ESC in the user agent", get(b"User-Agent: \x1b[31m"), hides=r"\x1b"),
    refused(94, "ESC in the path", get(target=b"/\x1b[31m"), hides=r"\x1b"),
    served(94, "quotes in the user agent", get(b'User-Agent: "a\\b"'), logs=r'"user_agent":"\\"a\\\\b\\""'),
    served(94, "a line of a log in the user agent", get(b'User-Agent: x"} {"ts":"'), logs=r'"user_agent":"x\\"} {\\"ts\\":\\""'),
    served(94, "bytes past ASCII in the user agent", get(b"User-Agent: \xff\xe2\x80\xa8\xc2\x9b"), logs=r'"user_agent":"\\u00ff\\u2028\\u009b"'),
    served(94, "a user agent of 20 KiB", get(b"User-Agent: " + b"x" * 20_480), logs=r'"user_agent":"x{1000,1024}…"'),
    served(94, "a path of 20 KiB", get(target=b"/" + b"x" * 20_480), logs=r'"path":"/x{3000,3071}…"'),
    refused(94, "a user agent of 64 KiB", get(b"User-Agent: " + b"x" * 65_536), 431, behind=False),
    refused(94, "a path of 64 KiB", get(target=b"/" + b"x" * 65_536), 414, behind=False),
]

ROWS = [*FIELDS, *UPGRADES, *EXPECTATIONS, *BODILESS, *PERSISTENCE, *LEAVES]
