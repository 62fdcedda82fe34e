"""Transfer-Encoding: chunked, once and alone, or nothing. Cases 13 to 27."""

from row import CODING, LAST, chunks, get, lines, post, refused, served

BODY = b"5\r\nhello\r\n" + LAST
LENGTH = b"Content-Length: 5"


def coded(line):
    return post(line, body=BODY)


def as_is(line):
    """`line` says chunked in a way of its own; rota says it in its own."""
    return coded(line), chunks(BODY)


ROWS = [
    refused(13, "and a length", post(CODING, LENGTH, body=BODY)),
    refused(13, "and a length before it", post(LENGTH, CODING, body=BODY)),
    refused(13, "and a length of nothing", post(b"Content-Length: 0", CODING, body=BODY)),
    refused(13, "and the right length", post(CODING, b"Content-Length: %d" % len(BODY), body=BODY)),
    refused(13, "and a length, in a GET", get(CODING, LENGTH) + BODY),
    refused(14, "twice", post(CODING, CODING, body=BODY)),
    refused(14, "twice, apart", post(CODING, b"X: y", b"transfer-encoding: chunked", body=BODY)),
    refused(14, "gzip and then chunked, in two lines", post(b"Transfer-Encoding: gzip", CODING, body=BODY)),
    refused(14, "chunked and then identity, in two lines", post(CODING, b"Transfer-Encoding: identity", body=BODY)),
    refused(14, "chunked and then an empty line", post(CODING, b"Transfer-Encoding:", body=BODY)),
    refused(15, "chunked twice in a line", coded(b"Transfer-Encoding: chunked, chunked")),
    refused(16, "gzip behind chunked", coded(b"Transfer-Encoding: chunked, gzip")),
    refused(16, "identity behind chunked", coded(b"Transfer-Encoding: chunked, identity")),
    refused(17, "gzip before chunked", coded(b"Transfer-Encoding: gzip, chunked"), 501),
    refused(18, "gzip", coded(b"Transfer-Encoding: gzip"), 501),
    refused(18, "identity", coded(b"Transfer-Encoding: identity"), 501),
    refused(18, "xchunked", coded(b"Transfer-Encoding: xchunked"), 501),
    refused(18, "chunke", coded(b"Transfer-Encoding: chunke"), 501),
    refused(18, "chunkedchunked", coded(b"Transfer-Encoding: chunkedchunked"), 501),
    refused(18, "gzip, in a GET", get(b"Transfer-Encoding: gzip"), 501),
    refused(19, "empty", coded(b"Transfer-Encoding:")),
    refused(19, "empty but for spaces", coded(b"Transfer-Encoding: \t ")),
    refused(20, "an empty element first", coded(b"Transfer-Encoding: ,chunked")),
    refused(20, "an empty element last", coded(b"Transfer-Encoding: chunked,")),
    refused(20, "an empty element between", coded(b"Transfer-Encoding: gzip,,chunked")),
    refused(20, "only a comma", coded(b"Transfer-Encoding: ,")),
    served(21, "capitalised", *as_is(b"Transfer-Encoding: Chunked")),
    served(21, "in capitals", *as_is(b"TRANSFER-ENCODING: CHUNKED")),
    served(21, "a tab before it", *as_is(b"Transfer-Encoding:\tchunked")),
    served(21, "no space before it", *as_is(b"transfer-encoding:chunked")),
    served(21, "spaces and tabs behind it", *as_is(b"Transfer-Encoding: chunked \t")),
    served(21, "in a GET", get(CODING) + BODY),
    *(
        refused(22, name, coded(b"Transfer-Encoding: " + value))
        for name, value in [
            ("a vertical tab", b"\x0bchunked"),
            ("a form feed", b"\x0cchunked"),
            ("NUL behind", b"chunked\x00"),
            ("NUL before", b"\x00chunked"),
            ("a no-break space", b"\xa0chunked"),
            ("a parameter", b"chunked;x=1"),
            ("a semicolon", b"chunked;"),
            ("quotes", b'"chunked"'),
            ("single quotes and a space", b"' chunked'"),
            ("two words", b"x chunked"),
            ("a bare CR before", b"\rchunked"),
            ("a bare CR behind", b"chunked\r"),
            ("a Kelvin sign", b"chun\xe2\x84\xaaed"),
        ]
    ),
    refused(23, "a space before the colon", coded(b"Transfer-Encoding : chunked")),
    refused(23, "a tab before the colon", coded(b"Transfer-Encoding\t: chunked")),
    refused(23, "a space before the name", coded(b" Transfer-Encoding: chunked")),
    refused(23, "a space before the colon, and a length", post(LENGTH, b"Transfer-Encoding : chunked", body=BODY)),
    refused(24, "folded", coded(b"Transfer-Encoding:\r\n chunked")),
    refused(24, "folded before a comma", coded(b"Transfer-Encoding: x\r\n , chunked")),
    refused(24, "folded with a tab", coded(b"Transfer-Encoding:\r\n\tchunked")),
    refused(24, "in a folded line of another field", coded(b"X: y\r\n Transfer-Encoding: chunked")),
    refused(25, "by 1.0", lines(b"POST / HTTP/1.0", b"Host: a", CODING) + BODY),
    refused(25, "by 1.0 that wants to stay", lines(b"POST / HTTP/1.0", b"Host: a", b"Connection: keep-alive", CODING) + BODY),
    refused(25, "and a length, by 1.0", lines(b"POST / HTTP/1.0", b"Host: a", CODING, LENGTH) + BODY),
    served(26, "an underscore, and a length", post(b"Transfer_Encoding: chunked", LENGTH, body=b"0\r\n\r\n"), post(LENGTH, body=b"0\r\n\r\n")),
    served(26, "an underscore for a length, and chunks", chunks(BODY, b"Content_Length: 3"), chunks(BODY)),
    served(26, "underscores without a body", get(b"Transfer_Encoding: chunked", b"content_length: 5"), get()),
    refused(27, "CONNECT with chunks", lines(b"CONNECT a:80 HTTP/1.1", b"Host: a:80", CODING) + BODY),
    refused(27, "CONNECT with a length", lines(b"CONNECT a:80 HTTP/1.1", b"Host: a:80", LENGTH) + b"hello"),
]
