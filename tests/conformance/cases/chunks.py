"""The chunked coding of a request: exactly its grammar, and one reading of where it ends. Cases 28 to 42."""

from row import CLIENT_GONE, GET, LAST, Do, Own, chunks, cut, refused, served

HELLO = b"5\r\nhello\r\n"
WHOLE = HELLO + LAST
BEGINNING = b"9c40\r\n" + b"x" * 40_000 + b"\r\n"
MILLION = b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n"
MIB = 1 << 20


def bad(case, name, body, status=400):
    """Found in the request's first bytes: nothing reaches an instance."""
    return refused(case, name, chunks(body), status)


def bad_later(case, name, body, status=400, **options):
    """Found when a part of it is on its way up: of that, and of what is good of `body`, nothing but payload may have come."""
    return cut(case, name, (chunks(BEGINNING), body), chunks(BEGINNING + MILLION + LAST), Own(status), behind=True, **options)


def bad_size(name, line):
    return bad(28, name, line + b"\r\nhello\r\n" + LAST)


def trailers(name, line, status=400):
    return bad(39, name, b"0\r\n" + line + b"\r\n\r\n", status)


ROWS = [
    bad_size("0x before it", b"0x5"),
    bad_size("plus", b"+5"),
    bad(28, "minus", b"-1\r\nhello\r\n" + LAST),
    bad(28, "an underscore", b"1_0\r\nhello67890123456\r\n" + LAST),
    bad_size("a space before it", b" 5"),
    bad_size("a space behind it", b"5 "),
    bad_size("a tab before it", b"\t5"),
    bad_size("a tab behind it", b"5\t"),
    bad_size("a space before an extension", b"5 ;a"),
    bad_size("h behind it", b"5h"),
    bad_size("a letter past f", b"g"),
    bad_size("a decimal point", b"5.0"),
    bad_size("a comma", b"5,5"),
    bad_size("NUL behind it", b"5\x00"),
    bad_size("a vertical tab before it", b"\x0b5"),
    bad(29, "17 digits", b"F" * 17 + b"\r\nhello\r\n" + LAST),
    bad(29, "16 digits", b"8000000000000000\r\nhello\r\n" + LAST),
    bad(29, "16 digits that overflow to five", b"10000000000000005\r\nhello\r\n" + LAST),
    bad(29, "16 zeros before it", b"00000000000000005\r\nhello\r\n" + LAST),
    bad(29, "a thousand zeros before it", b"0" * 1000 + b"5\r\nhello\r\n" + LAST),
    bad(30, "an empty size line", b"\r\nhello\r\n" + LAST),
    bad(30, "an empty size line behind a chunk", HELLO + b"\r\n" + LAST),
    bad(30, "only an extension", b";a\r\nhello\r\n" + LAST),
    bad(31, "data that spill", b"5\r\nhelloXX\r\n" + LAST),
    bad(31, "data without CRLF behind", b"5\r\nhello" + LAST),
    bad(31, "data with an empty line behind", b"5\r\nhello\r\n\r\n" + LAST),
    bad(31, "data that are short", b"6\r\nhello\r\n" + LAST),
    bad(32, "LF behind a size", b"5\nhello\r\n" + LAST),
    bad(32, "LF behind data", b"5\r\nhello\n" + LAST),
    bad(32, "LF everywhere", b"5\nhello\n0\n\n"),
    bad(32, "LF at the end", b"0\n\n"),
    bad(32, "LF behind the last size", b"0\n\r\n"),
    bad(32, "LF for the empty line", b"0\r\n\n"),
    bad(32, "LF behind a trailer", b"0\r\nX: y\n\r\n"),
    bad(33, "CR CR behind a size", b"5\r\r;x\r\nhello\r\n" + LAST),
    bad(33, "CR and a letter behind a size", b"5\rX\nhello\r\n" + LAST),
    bad(33, "CR alone behind a size", b"5\rhello\r\n" + LAST),
    bad(33, "CR in an extension", b"5;a\rb\r\nhello\r\n" + LAST),
    bad(33, "CR and a letter behind data", b"5\r\nhello\rX" + LAST),
    bad(33, "CR CR LF behind data", b"5\r\nhello\r\r\n" + LAST),
    bad(34, "LF in an extension", b"5;\nhello\r\n" + LAST),
    bad(34, "LF behind an extension", b"5;a\nhello\r\n" + LAST),
    bad(34, "NUL in an extension", b"5;a\x00b\r\nhello\r\n" + LAST),
    bad(34, "an extension without a name", b"5;\r\nhello\r\n" + LAST),
    bad(34, "a bracket for a name", b"5;[=1\r\nhello\r\n" + LAST),
    bad(34, "an extension without a value", b"5;a=\r\nhello\r\n" + LAST),
    bad(34, "a value with a space", b"5;a=b c\r\nhello\r\n" + LAST),
    bad(34, "spaces around a name", b"5; a = b\r\nhello\r\n" + LAST),
    bad(34, "two semicolons", b"5;;a\r\nhello\r\n" + LAST),
    bad(34, "a request in an extension", b"5;a\nGET / HTTP/1.1\r\nhello\r\n" + LAST),
    bad(34, "NUL in a quoted value", b'5;a="\x00"\r\nhello\r\n' + LAST),
    bad(35, "a quoted CRLF", b'5;a="\r\n' + LAST + b'"\r\nhello\r\n' + LAST),
    bad(35, "an open quote", b'5;a="b\r\nhello\r\n' + LAST),
    bad(35, "an escaped CRLF", b'5;a="\\\r\n"\r\nhello\r\n' + LAST),
    bad(35, "a letter behind a quote", b'5;a="b"c\r\nhello\r\n' + LAST),
    served(36, "an extension", chunks(b"5;a=b\r\nhello\r\n" + LAST), chunks(WHOLE)),
    served(36, "an extension without a value, by its grammar", chunks(b"5;a\r\nhello\r\n" + LAST), chunks(WHOLE)),
    served(36, "a quoted semicolon", chunks(b'5;c="d;e";f\r\nhello\r\n' + LAST), chunks(WHOLE)),
    served(36, "a quoted quote", chunks(b'5;c="\\""\r\nhello\r\n' + LAST), chunks(WHOLE)),
    served(36, "an extension of the last chunk", chunks(HELLO + b"0;x=y\r\n\r\n"), chunks(WHOLE)),
    served(36, "zeros before a size", chunks(b"0005\r\nhello\r\n000\r\n\r\n"), chunks(WHOLE)),
    served(36, "a size in upper case", chunks(b"A\r\nhellohello\r\n" + LAST), chunks(HELLO * 2 + LAST)),
    served(36, "no chunk but the last", chunks(LAST)),
    bad_later(37, "an extension of 64 KiB", b"5;a=" + b"b" * 65_536 + b"\r\nhello\r\n" + LAST, memory=4 * MIB),
    bad_later(37, "ten thousand extensions of a thousand bytes", (b"1;a=" + b"b" * 1000 + b"\r\nx\r\n") * 10_000, memory=4 * MIB),
    bad_later(37, "a million chunks of a byte", b"1\r\nx\r\n" * 1_000_000, memory=4 * MIB),
    bad_later(37, "a million empty extensions", b"1;a\r\nx\r\n" * 1_000_000, memory=4 * MIB),
    *(
        served(38, name, chunks(HELLO + b"0\r\nX-Sum: 1\r\n" + line + b"\r\nx-other:2\r\n\r\n"), chunks(HELLO + b"0\r\nX-Sum: 1\r\nx-other:2\r\n\r\n"))
        for name, line in [
            ("Content-Length", b"Content-Length: 5"),
            ("Transfer-Encoding", b"Transfer-Encoding: chunked"),
            ("Host", b"Host: b"),
            ("Authorization", b"Authorization: Basic eDp5"),
            ("Content-Type", b"Content-Type: text/html"),
            ("Connection", b"Connection: close"),
            ("Cookie", b"Cookie: a=b"),
            ("X-Forwarded-For", b"X-Forwarded-For: 192.0.2.1"),
            ("X-Request-Id", b"X-Request-Id: mine"),
            ("a twin of Content-Length", b"Content_Length: 5"),
            ("a twin of Transfer-Encoding", b"Transfer_Encoding: chunked"),
            ("Expect", b"Expect: 100-continue"),
            ("TE", b"TE: trailers"),
            ("Upgrade", b"Upgrade: websocket"),
        ]
    ),
    served(38, "a trailer that is nobody's business", chunks(HELLO + b"0\r\nX-Sum: 1\r\n\r\n")),
    trailers("no colon", b"no colon"),
    trailers("a space before the colon", b"X : 1"),
    trailers("no name", b": 1"),
    trailers("a bracket in the name", b"X[]: 1"),
    trailers("NUL in the value", b"X: a\x00b"),
    trailers("a bare CR in the value", b"X: a\rb"),
    trailers("a control in the value", b"X: \x01"),
    trailers("folded", b"X: a\r\n b"),
    trailers("a space before the name", b" X: a"),
    trailers("an invalid one among valid ones", b"A: b\r\nX : 1\r\nC: d"),
    bad(39, "more than a hundred", b"0\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431),
    bad_later(39, "past 32 KiB", b"0\r\nX: " + b"y" * 33_000 + b"\r\n\r\n", 431),
    bad_later(39, "a bad trailer behind much", b"0\r\nX : y\r\n\r\n"),
    bad_later(39, "a bad size behind much", b"5 \r\nhello\r\n" + LAST),
    *(
        cut(40, f"{name} and a {end.name}", chunks(body), chunks(WHOLE), ends=end, logs=CLIENT_GONE if end is Do.FIN else None)
        for end in (Do.FIN, Do.RESET)
        for name, body in [
            ("no last chunk", HELLO),
            ("half a chunk", b"5\r\nhel"),
            ("half a last chunk", HELLO + b"0\r\n"),
            ("half a trailer", HELLO + b"0\r\nX: y\r\n"),
            ("nothing", b""),
        ]
    ),
    bad(41, "INVALID", b"INVALID\r\n"),
    bad(41, "a request for a chunk", GET),
    bad(41, "a request for a trailer", b"0\r\n" + GET),
    served(42, "a request line as a trailer", chunks(b"0\r\nX:POST / HTTP/1.1\r\n\r\n")),
    served(42, "a request behind the end", chunks(WHOLE) + GET, (chunks(WHOLE), GET), (200, 200)),
    served(42, "a request as payload", chunks(b"%x\r\n" % len(GET) + GET + b"\r\n" + LAST)),
    served(42, "a last chunk as payload", chunks(b"5\r\n" + LAST + b"\r\n" + LAST)),
]
