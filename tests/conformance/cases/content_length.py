"""Content-Length: what it must be for all recipients to read the same. Cases 1 to 12."""

from row import CLIENT_GONE, GET, OK, Do, cut, get, length, post, refused, served

HELLO = b"hello"
LIMITED = (("ROTA_LIMITS_BODY", "1000B"),)


def twice(first, second):
    return post(b"Content-Length: " + first, b"Content-Length: " + second, body=HELLO)


def too_large(name, sent, **options):
    return refused(10, name, sent, 413, env=LIMITED, **options)


ROWS = [
    refused(1, "two that differ", twice(b"5", b"6")),
    refused(1, "two that differ, the larger first", twice(b"6", b"5")),
    refused(1, "two that differ, apart", post(b"Content-Length: 5", b"X: y", b"content-length: 6", body=HELLO)),
    refused(2, "two that are equal", twice(b"5", b"5")),
    refused(2, "two that are equal, none", twice(b"0", b"0")),
    refused(2, "three that are equal", post(*[b"Content-Length: 5"] * 3, body=HELLO)),
    refused(3, "a list of equal ones", length(b"5, 5", HELLO)),
    refused(3, "a list without spaces", length(b"5,5", HELLO)),
    refused(4, "a list of different ones", length(b"5, 6", HELLO)),
    refused(4, "a list with an empty element", length(b"5,", HELLO)),
    refused(4, "a list that begins empty", length(b",5", HELLO)),
    *(
        refused(5, name, length(value, HELLO))
        for name, value in [
            ("plus", b"+5"),
            ("minus", b"-5"),
            ("minus zero", b"-0"),
            ("hexadecimal", b"0x5"),
            ("octal", b"0o5"),
            ("an underscore", b"1_0"),
            ("a space inside", b"1 0"),
            ("a letter behind", b"5Z"),
            ("a fraction", b"5.0"),
            ("an exponent", b"5e0"),
            ("a semicolon", b"5;x"),
            ("quotes", b'"5"'),
            ("a superscript two", b"\xb2"),
            ("an Arabic five", b"\xd9\xa5"),
            ("a vertical tab", b"\x0b5"),
            ("a form feed", b"5\x0c"),
            ("NUL behind", b"5\x00"),
            ("a no-break space", b"\xa05"),
        ]
    ),
    refused(5, "a space before the colon", post(b"Content-Length : 5", body=HELLO)),
    refused(5, "a tab before the colon", post(b"Content-Length\t: 5", body=HELLO)),
    refused(5, "folded", post(b"Content-Length:\r\n 5", body=HELLO)),
    refused(6, "empty", post(b"Content-Length:", body=HELLO)),
    refused(6, "empty but for spaces", post(b"Content-Length: \t ", body=HELLO)),
    refused(6, "empty and then a valid one", post(b"Content-Length:", b"Content-Length: 5", body=HELLO)),
    refused(6, "a valid one and then empty", post(b"Content-Length: 5", b"Content-Length:", body=HELLO)),
    refused(6, "empty in a GET", get(b"Content-Length:")),
    refused(7, "0005", length(b"0005", HELLO)),
    refused(7, "00", length(b"00")),
    refused(7, "010", length(b"010", HELLO * 2)),
    refused(8, "twenty nines", length(b"99999999999999999999", HELLO)),
    refused(8, "2 to the 64 and 5", length(b"18446744073709551621", HELLO)),
    refused(8, "2 to the 64", length(b"18446744073709551616")),
    refused(8, "2 to the 63", length(b"9223372036854775808", HELLO)),
    refused(8, "a thousand digits", length(b"1" * 1000, HELLO)),
    served(9, "a tab before it", post(b"Content-Length:\t5", body=HELLO)),
    served(9, "no space before it", post(b"Content-Length:5", body=HELLO)),
    served(9, "spaces and tabs around it", post(b"Content-Length: \t 5 \t", body=HELLO)),
    served(9, "in any case", post(b"cOnTeNt-LeNgTh: 5", body=HELLO)),
    too_large("announced, and not sent", length(b"1001"), behind=False),
    too_large("sent whole", length(b"1001", b"x" * 1001)),
    too_large("announced by who expects 100", post(b"Content-Length: 1001", b"Expect: 100-continue"), behind=False),
    too_large("past 32 bits", length(b"4294967297", b"x"), behind=False),
    served(10, "just within", length(b"1000", b"x" * 1000), env=LIMITED),
    cut(11, "a part and a FIN", length(b"10", HELLO), length(b"10", HELLO * 2), ends=Do.FIN, logs=CLIENT_GONE),
    cut(11, "a part and a reset", length(b"10", HELLO), length(b"10", HELLO * 2), ends=Do.RESET),
    cut(11, "a part and a close", length(b"10", HELLO), length(b"10", HELLO * 2), ends=Do.CLOSE),
    cut(11, "nothing and a FIN", length(b"10"), length(b"10", HELLO * 2), ends=Do.FIN, logs=CLIENT_GONE),
    cut(11, "all but a byte and a FIN", length(b"100000", b"x" * 99_999), length(b"100000", b"x" * 100_000), ends=Do.FIN, logs=CLIENT_GONE),
    served(12, "a body in a GET", (get(b"Content-Length: 5") + HELLO,)),
    served(12, "a body in a GET, and one behind it", (get(b"Content-Length: 5") + HELLO + GET,), (get(b"Content-Length: 5") + HELLO, GET), (200, 200)),
    served(12, "a request as the body of a GET", get(b"Content-Length: %d" % len(GET)) + GET),
    served(12, "a request as the body of a POST", post(b"Content-Length: %d" % len(GET), body=GET)),
    served(12, "a body in a DELETE", get(b"Content-Length: 5", method=b"DELETE") + HELLO),
    served(12, "a body in a HEAD", get(b"Content-Length: 5", method=b"HEAD") + HELLO, answers=((OK[:-2],),)),
    served(12, "an empty body", length(b"0")),
    served(12, "a body that comes later", (length(b"5"), HELLO)),
]
