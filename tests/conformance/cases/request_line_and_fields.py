"""The request line, the fields, and which host and path they name. Cases 43 to 78."""

from row import CODING, GET, LAST, Do, chunks, get, lines, post, refused, served

HEADER_BYTES = 32 * 1024
SHORT = (("ROTA_LIMITS_HEADER_TIMEOUT", "300ms"),)


def line(text):
    return lines(text, b"Host: a")


def field(case, name, text, status=400, **options):
    return refused(case, name, get(text), status, **options)


def host(case, name, value):
    return refused(case, name, lines(b"GET / HTTP/1.1", b"Host: " + value))


def target(case, name, text):
    return refused(case, name, get(target=text))


def same_target(case, name, text):
    return served(case, name, get(target=text))


def too_long(case, name, sent, status):
    return refused(case, name, sent, status, behind=False)  # it is refused before its end


def late(name, *sent):
    return refused(56, name, sent, 408, env=SHORT, behind=False)


def in_two(name, request, reaches=None):
    """Split once, at each of its bytes."""
    return [served(78, f"{name} split at {at}", (request[:at], request[at:]), reaches or request) for at in range(1, len(request))]


def in_bytes(request):
    return tuple(request[at : at + 1] for at in range(len(request)))


SPLIT_POST = chunks(b"2;a=b\r\nhi\r\n0\r\nX: 1\r\n\r\n")
SPLIT_POST_FORWARDED = chunks(b"2\r\nhi\r\n0\r\nX: 1\r\n\r\n")
TLS_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(64))

LINE_ENDS = [
    refused(43, "LF everywhere", b"GET / HTTP/1.1\nHost: a\n\n"),
    refused(43, "LF behind the request line", b"GET / HTTP/1.1\nHost: a\r\n\r\n"),
    refused(43, "LF behind a field", b"GET / HTTP/1.1\r\nHost: a\n\r\n"),
    refused(43, "LF for the empty line", b"GET / HTTP/1.1\r\nHost: a\r\n\n"),
    refused(43, "LF CR", b"GET / HTTP/1.1\r\nHost: a\n\r\r\n"),
    refused(44, "CR everywhere", b"GET / HTTP/1.1\rHost: a\r\r"),
    refused(44, "CR behind the request line", b"GET / HTTP/1.1\rHost: a\r\n\r\n"),
    refused(44, "CR CR LF", b"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
    refused(44, "CR CR LF for the empty line", b"GET / HTTP/1.1\r\nHost: a\r\n\r\r\n"),
]

BYTES_IN_FIELDS = [
    field(45, "a bare CR in a value", b"X: a\rb"),
    field(45, "a bare CR before a value", b"X: \ra"),
    field(45, "a bare CR at the end of a value", b"X: a\r"),
    field(45, "two bare CRs", b"X: a\r\rb"),
    field(45, "a field behind a bare CR", b"X: a\rContent-Length: 5"),
    field(46, "NUL in a value", b"X: a\x00b"),
    field(46, "NUL at the end of a value", b"X: a\x00"),
    field(46, "NUL in a name", b"X\x00: a"),
    field(46, "NUL in the value of Host", b"X: y\r\nHost: a\x00"),
    target(46, "NUL in a target", b"/\x00"),
    refused(46, "NUL in a method", line(b"G\x00T / HTTP/1.1")),
    refused(46, "NUL in a version", line(b"GET / HTTP/1.1\x00")),
    field(46, "LF in a value", b"X: a\nb"),
    field(47, "01", b"X: \x01"),
    field(47, "07", b"X: \x07"),
    field(47, "08", b"X: a\x08b"),
    field(47, "a vertical tab", b"X: \x0b"),
    field(47, "a form feed", b"X: \x0c"),
    field(47, "1f", b"X: \x1f"),
    field(47, "ESC", b"X: \x1b[2J"),
    field(47, "DEL", b"X: \x7f"),
    field(47, "a control behind sixteen bytes", b"X: 0123456789abcdef\x01"),
    served(47, "bytes past ASCII are none", get(b"X: \xc3\xa9\xff\x80")),
    served(47, "a tab inside is none", get(b"X: a\tb")),
]

FIELD_LINES = [
    field(48, "folded with spaces", b"X: a\r\n  b"),
    field(48, "folded with a tab", b"X: a\r\n\tb"),
    field(48, "folded with nothing", b"X: a\r\n "),
    field(48, "a folded name", b"X\r\n : a"),
    refused(48, "Host folded", lines(b"GET / HTTP/1.1", b"Host:\r\n a")),
    refused(49, "a space before the first field", lines(b"GET / HTTP/1.1", b" X: v", b"Host: a")),
    refused(49, "a tab before the first field", lines(b"GET / HTTP/1.1", b"\tX: v", b"Host: a")),
    refused(49, "a space before Host", lines(b"GET / HTTP/1.1", b" Host: a")),
    refused(49, "a line of a space", lines(b"GET / HTTP/1.1", b" ", b"Host: a")),
    field(50, "a space before the colon", b"X : v"),
    field(50, "a tab before the colon", b"X\t: v"),
    refused(50, "a space before the colon of Host", lines(b"GET / HTTP/1.1", b"Host : a")),
    field(51, "no name", b": v"),
    field(51, "neither name nor value", b":"),
    field(51, "no name, but a space", b" : v"),
    field(52, "no colon", b"NoColon"),
    field(52, "no colon, but a space", b"No Colon"),
    field(52, "brackets", b"X[]: v"),
    field(52, "parentheses", b"X(): v"),
    field(52, "a byte past ASCII", b"X\xef: v"),
    field(52, "LF", b"Te\nst: v"),
    field(52, "a space", b"X Y: v"),
    field(52, "quotes", b'"X": v'),
    field(52, "a slash", b"X/Y: v"),
    field(52, "a comma", b"X,Y: v"),
    field(52, "a semicolon", b"X;Y: v"),
    field(52, "an equals sign", b"X=Y: v"),
    field(52, "an at sign", b"X@Y: v"),
    field(52, "DEL", b"X\x7f: v"),
    field(52, "a request line", b"GET / HTTP/1.1"),
    served(52, "all that a name may be made of", get(b"!#$%&'*+-.^_`|~09azAZ: v")),
    served(52, "an empty value", get(b"X:", b"Y: \t")),
    served(52, "a name twice", get(b"X: 1", b"x: 1", b"X: 2")),
]

LARGEST = HEADER_BYTES - len(get(b"X: "))

SIZES = [
    too_long(53, "a target of 40000 bytes", get(target=b"/" + b"x" * 40_000), 414),
    too_long(53, "a query of 40000 bytes", get(target=b"/?" + b"x" * 40_000), 414),
    too_long(53, "a target without an end", b"GET /" + b"x" * 1_000_000, 414),
    too_long(53, "a field of 40000 bytes", get(b"X: " + b"x" * 40_000), 431),
    too_long(53, "a name of 40000 bytes", get(b"x" * 40_000 + b": x"), 431),
    too_long(53, "fields of 40000 bytes", get(*[b"X: " + b"x" * 1000] * 40), 431),
    too_long(53, "a field without an end", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 1_000_000, 431),
    too_long(53, "a byte too many", get(b"X: " + b"x" * (LARGEST + 1)), 431),
    served(53, "the last byte that is allowed", get(b"X: " + b"x" * LARGEST)),
    served(53, "a target of 8000 bytes", get(target=b"/" + b"x" * 7999)),
    served(53, "a query of 8000 bytes", get(target=b"/?" + b"x" * 7998)),
    too_long(54, "101 fields", get(*[b"X: y"] * 100), 431),
    too_long(54, "a hundred thousand fields", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 100_000, 431),
    served(54, "a hundred fields", get(*[b"X: y"] * 99)),
    too_long(55, "a method of 100000 bytes", line(b"G" * 100_000 + b" / HTTP/1.1"), 400),
    too_long(55, "a method without an end", b"G" * 1_000_000, 400),
    served(55, "a method of a thousand bytes", get(method=b"G" * 1000)),
]

DEADLINES = [
    late("a letter", b"G"),
    late("a request line", b"GET / HTTP/1.1\r\n"),
    late("a request line and a field", b"GET / HTTP/1.1\r\nHost: a\r\n"),
    late("all but the last byte", GET[:-1]),
    late("an empty line and a letter", b"\r\nG"),
    late("ten thousand bytes of a field", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 10_000),
    late("a byte at a time", b"GET / HTTP/1.1\r\nHost: a\r\nX: ", *[b"x"] * 5000),
    late("a field at a time", b"GET / HTTP/1.1\r\nHost: a\r\n", *[b"X: y\r\n"] * 50, *[b"x"] * 5000),
    refused(56, "nothing", b"", gets=(), env=SHORT, behind=False),
    refused(56, "only an empty line", b"\r\n", gets=(), env=SHORT, behind=False),
    refused(56, "a part of a head and a FIN", b"GET / HTTP/1.1\r\nHost: a\r\n", gets=(), ends=Do.FIN, behind=False),
]

HOSTS = [
    refused(57, "no Host", lines(b"GET / HTTP/1.1")),
    refused(57, "no Host in a HEAD", lines(b"HEAD / HTTP/1.1")),
    refused(57, "Host as a value", lines(b"GET / HTTP/1.1", b"X: Host: a")),
    refused(57, "Host with an underscore", lines(b"GET / HTTP/1.1", b"Host_: a")),
    refused(57, "no Host, but a target that has one", lines(b"GET http://a/ HTTP/1.1")),
    refused(58, "two that differ", get(b"Host: b")),
    refused(58, "two that differ, apart", get(b"X: y", b"host: b")),
    refused(58, "one and an empty one", get(b"Host:")),
    refused(59, "two that are equal", get(b"Host: a")),
    refused(59, "two that are equal, in different case", get(b"hOST: a")),
    refused(59, "two that are equal, by 1.0", lines(b"GET / HTTP/1.0", b"Host: a", b"Host: a")),
    *(
        host(60, name, value)
        for name, value in [
            ("empty", b""),
            ("empty but for a tab", b"\t"),
            ("a user", b"u@a"),
            ("a user and a password", b"u:p@a"),
            ("a slash", b"a/b"),
            ("a comma", b"a,b"),
            ("a space", b"a b"),
            ("a tab", b"a\tb"),
            ("a semicolon", b"a;b"),
            ("a backslash", b"a\\b"),
            ("a question mark", b"a?b"),
            ("a hash", b"a#b"),
            ("an asterisk", b"*"),
            ("quotes", b'"a"'),
            ("angle brackets", b"<a>"),
            ("a scheme", b"http://a"),
            ("a percent triplet", b"a%62"),
            ("bytes past ASCII", b"\xc3\xa9"),
            ("two dots", b"a..b"),
            ("a dot first", b".a"),
            ("256 bytes", b"a" * 256),
        ]
    ),
    *(
        host(61, name, value)
        for name, value in [
            ("port 0", b"a:0"),
            ("port 65536", b"a:65536"),
            ("port 4294967376", b"a:4294967376"),
            ("a zero before a port", b"a:080"),
            ("no port behind the colon", b"a:"),
            ("a letter for a port", b"a:x"),
            ("a letter behind a port", b"a:80x"),
            ("plus before a port", b"a:+80"),
            ("minus before a port", b"a:-1"),
            ("two ports", b"a:1:2"),
            ("only a port", b":80"),
            ("only a dot", b"."),
            ("a bracket that stays open", b"[::1"),
            ("a bracket that was not opened", b"::1]"),
            ("IPv6 without brackets", b"::1"),
            ("a letter behind a bracket", b"[::1]x"),
            ("two brackets", b"[::1][::1]"),
            ("nothing in brackets", b"[]"),
            ("a letter past f in brackets", b"[g::1]"),
            ("IPv4 in brackets", b"[127.0.0.1]"),
            ("nine groups", b"[1:2:3:4:5:6:7:8:9]"),
            ("two gaps", b"[1::2::3]"),
            ("a zone", b"[fe80::1%25lo]"),
        ]
    ),
    *(
        served(61, name, lines(b"GET / HTTP/1.1", b"Host: " + value))
        for name, value in [
            ("a name in any case, and a port", b"A.Example.COM:8080"),
            ("port 65535", b"a:65535"),
            ("IPv4", b"127.0.0.1"),
            ("IPv6", b"[2001:DB8::1]"),
            ("IPv6 and a port", b"[::1]:80"),
            ("an underscore", b"my_app.local"),
            ("a dot last", b"a."),
            ("punycode", b"xn--e1afmkfd"),
            ("255 bytes", b"a" * 255),
        ]
    ),
]

ABSOLUTE = [
    refused(62, "another host", get(target=b"http://b/")),
    refused(62, "another port", get(target=b"http://a:80/")),
    refused(62, "a port too few", lines(b"GET http://a/ HTTP/1.1", b"Host: a:80")),
    refused(62, "no host", get(target=b"http:///x")),
    refused(62, "only a port", get(target=b"http://:80/")),
    refused(62, "https", get(target=b"https://a/")),
    refused(62, "ftp", get(target=b"ftp://a/")),
    refused(62, "one slash", get(target=b"http:/a/")),
    served(62, "no scheme: a path", get(target=b"//b/")),
    refused(62, "a bad host", get(target=b"http://a..b/")),
    served(62, "the same host", get(target=b"http://a/x?y=1"), get(target=b"/x?y=1")),
    served(62, "the same host in another case", lines(b"GET HTTP://A:81/ HTTP/1.1", b"Host: a:81"), lines(b"GET / HTTP/1.1", b"Host: a:81")),
    served(62, "a scheme in capitals", lines(b"GET HTTP://a:81/ HTTP/1.1", b"Host: a:81"), lines(b"GET / HTTP/1.1", b"Host: a:81")),
    served(62, "the same host and no path", get(target=b"http://a"), get()),
    served(62, "the same host and a query alone", get(target=b"http://a?y"), get(target=b"/?y")),
    refused(63, "a user and a password", get(target=b"http://usr:pwd@a/"), hides="usr|pwd"),
    refused(63, "a user and a password in both", lines(b"GET http://usr:pwd@a/ HTTP/1.1", b"Host: usr:pwd@a"), hides="usr|pwd"),
    refused(63, "a user", get(target=b"http://usr@a/"), hides="usr"),
    refused(63, "an empty user", get(target=b"http://@a/")),
    refused(63, "a user that looks like the host", get(target=b"http://a@b/")),
]

METHODS = [
    target(64, "an asterisk in a GET", b"*"),
    refused(64, "an asterisk in a POST", lines(b"POST * HTTP/1.1", b"Host: a", b"Content-Length: 0")),
    refused(64, "an asterisk and more", lines(b"OPTIONS *x HTTP/1.1", b"Host: a")),
    refused(64, "an asterisk and a query", lines(b"OPTIONS *?x HTTP/1.1", b"Host: a")),
    served(65, "OPTIONS of everything", get(method=b"OPTIONS", target=b"*")),
    served(65, "OPTIONS of a path", get(method=b"OPTIONS", target=b"/x")),
    refused(66, "CONNECT", lines(b"CONNECT a:80 HTTP/1.1", b"Host: a:80"), 405),
    refused(66, "CONNECT without a port", lines(b"CONNECT a HTTP/1.1", b"Host: a"), 405),
    refused(66, "CONNECT of a path", lines(b"CONNECT / HTTP/1.1", b"Host: a"), 405),
    refused(67, "TRACE", get(method=b"TRACE"), 405),
    refused(67, "TRACE of everything", get(method=b"TRACE", target=b"*")),
]

TARGETS = [
    target(68, "a fragment", b"/#f"),
    target(68, "a fragment behind a query", b"/a?b#f"),
    target(68, "only a fragment", b"#f"),
    *(
        target(69, name, text)
        for name, text in [
            ("raw UTF-8", b"/\xc3\xa9"),
            ("raw UTF-8 in a query", b"/?\xc3\xa9"),
            ("ff", b"/?\xff"),
            ("quotes", b'/"'),
            ("quotes in a query", b'/?"'),
            ("less than", b"/<"),
            ("greater than", b"/>"),
            ("a backslash", b"/\\"),
            ("a backslash in a query", b"/?\\"),
            ("a caret", b"/^"),
            ("braces in a path", b"/{a}"),
            ("a backtick in a path", b"/`"),
            ("DEL", b"/\x7f"),
            ("01", b"/\x01"),
            ("ESC", b"/\x1b[2J"),
            ("a space", b"/a b"),
            ("a tab", b"/a\tb"),
            ("a bare CR", b"/a\rb"),
            ("a bare LF", b"/a\nb"),
            ("no slash", b"a"),
            ("a host and a port", b"a:80"),
            ("only a query", b"?x"),
        ]
    ),
    *(
        target(70, name, text)
        for name, text in [
            ("00", b"/%00"),
            ("dots in the middle", b"/a/../b"),
            ("dots at the end", b"/a/.."),
            ("dots above the root", b"/.."),
            ("dots before a query", b"/a/..?b"),
            ("a dot in the middle", b"/a/./b"),
            ("a dot at the end", b"/a/."),
            ("a dot alone", b"/."),
            ("escaped dots", b"/%2e%2e/"),
            ("escaped dots above the root", b"/%2e%2e/etc"),
            ("an escaped dot and a dot", b"/%2E./"),
            ("an escaped dot", b"/a/%2e"),
            ("dots and a semicolon", b"/a/..;/b"),
            ("dots and a parameter", b"/a/..;x=1/b"),
            ("a dot and a semicolon", b"/a/.;/b"),
            ("dots and a semicolon at the end", b"/a/..;"),
            ("escaped dots and a semicolon", b"/%2e%2e;/b"),
            ("dots and an escaped semicolon", b"/a/..%3b/b"),
            ("2f", b"/a%2fb"),
            ("2f in capitals", b"/a%2Fb"),
            ("dots and 2f", b"/..%2fb"),
            ("5c", b"/a%5cb"),
            ("5c in capitals", b"/a%5Cb"),
            ("a percent sign alone", b"/%"),
            ("a percent sign and one digit", b"/%2"),
            ("a percent sign and one digit before a query", b"/%2?a"),
            ("a percent sign and no digits", b"/%zz"),
            ("a percent sign and a plus", b"/%+1"),
            ("a percent sign in a query", b"/?%zz"),
            ("a percent sign and one digit in a query", b"/?%4"),
            ("dots behind a host", b"http://a/../b"),
            ("00 behind a host", b"http://a/%00"),
        ]
    ),
    *(
        same_target(70, name, text)
        for name, text in [
            ("two slashes", b"//x"),
            ("only two slashes", b"//"),
            ("dots in a URL in a query", b"/a?http://b/../c"),
            ("two slashes inside", b"/a//b/"),
            ("c0 af", b"/%c0%af"),
            ("three dots", b"/..."),
            ("three dots and a semicolon", b"/...;/b"),
            ("parameters of names", b"/a;x=1/b;y/;/c"),
            ("dots in names", b"/..a/.b/c."),
            ("an escaped dot in a name", b"/a%2Eb"),
            ("escaped bytes in either case", b"/a%20b/%C3%A9/%c3%a9"),
            ("escaped delimiters and dots in a query", b"/a?b=c&d=%2f%5c%00../..//?"),
            ("what browsers send", b"/[a]|b?q=a|b{c}`[]"),
            ("every other byte of a path", b"/~u;v=1,(w)!$&'*+:@=-_"),
            ("an empty query", b"/a?"),
        ]
    ),
]

REQUEST_LINES = [
    *(
        refused(71, name, line(text))
        for name, text in [
            ("two spaces before the target", b"GET  / HTTP/1.1"),
            ("two spaces behind the target", b"GET /  HTTP/1.1"),
            ("a tab before the target", b"GET\t/ HTTP/1.1"),
            ("a tab behind the target", b"GET /\tHTTP/1.1"),
            ("a space at the end", b"GET / HTTP/1.1 "),
            ("a space at the beginning", b" GET / HTTP/1.1"),
            ("a tab at the beginning", b"\tGET / HTTP/1.1"),
            ("a vertical tab for a space", b"GET\x0b/ HTTP/1.1"),
            ("no target", b"GET HTTP/1.1"),
            ("no target, but its spaces", b"GET  HTTP/1.1"),
            ("two targets", b"GET / x HTTP/1.1"),
            ("no method", b" / HTTP/1.1"),
            ("a method in parentheses", b"(GET) / HTTP/1.1"),
            ("a method with a colon", b"GET: / HTTP/1.1"),
            ("a method past ASCII", b"G\xc9T / HTTP/1.1"),
        ]
    ),
    refused(72, "a target and no version", b"GET /\r\n"),
    refused(72, "a target and no version, and an empty line", b"GET /\r\n\r\n"),
    refused(72, "a method alone", b"GET\r\n\r\n"),
    refused(72, "a space for a version", line(b"GET / ")),
    served(73, "HTTP 1.2", line(b"GET / HTTP/1.2"), GET),
    served(73, "HTTP 1.9", line(b"GET / HTTP/1.9"), GET),
    refused(73, "HTTP 9.9", line(b"GET / HTTP/9.9"), 505),
    refused(73, "HTTP 2.0", line(b"GET / HTTP/2.0"), 505),
    refused(73, "HTTP 0.9", line(b"GET / HTTP/0.9"), 505),
    *(
        refused(73, name, line(b"GET / " + text))
        for name, text in [
            ("a zero before it", b"HTTP/01.1"),
            ("one digit", b"HTTP/1"),
            ("one digit and a dot", b"HTTP/1."),
            ("two digits and no dot", b"HTTP/11"),
            ("a digit behind it", b"HTTP/1.10"),
            ("a space inside", b"HTTP/ 1.1"),
            ("lower case", b"http/1.1"),
            ("mixed case", b"Http/1.1"),
            ("HTTPS", b"HTTPS/1.1"),
            ("a word behind it", b"HTTP/1.1 x"),
            ("a letter for a digit", b"HTTP/1.x"),
            ("a sign", b"HTTP/+1.1"),
            ("a comma", b"HTTP/1,1"),
            ("HTT", b"HTT/1.1"),
        ]
    ),
    served(74, "one empty line before it", b"\r\n" + GET, GET),
    served(74, "an empty line between two", GET + b"\r\n" + GET, (GET, GET), (200, 200)),
    served(74, "an empty line behind a body", post(b"Content-Length: 2", body=b"hi\r\n") + GET, (post(b"Content-Length: 2", body=b"hi"), GET), (200, 200)),
    served(74, "two empty lines before it", b"\r\n\r\n" + GET, GET),
    refused(74, "three empty lines before it", b"\r\n" * 3 + GET),
    refused(74, "a hundred empty lines before it", b"\r\n" * 100 + GET),
    refused(74, "LF before it", b"\n" + GET),
    refused(74, "CR before it", b"\r" + GET),
    refused(74, "a space and an empty line before it", b" \r\n" + GET),
    refused(75, "the preface of HTTP 2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    refused(75, "the preface of HTTP 2 and its settings", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
    served(75, "a method PRI", get(method=b"PRI")),
    refused(76, "a TLS hello", TLS_HELLO),
    refused(76, "zeros", b"\x00" * 100),
    refused(76, "ff fe", b"\xff\xfe\r\n\r\n"),
    refused(76, "every byte there is", bytes(range(256))),
    refused(76, "another protocol", b"SSH-2.0-OpenSSH_9.2\r\n"),
    refused(76, "a proxy protocol that is not expected", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + GET),
    served(77, "get capitalised", get(method=b"Get")),
    served(77, "get the other way round", get(method=b"gET")),
    *(served(77, text.decode(), get(method=text)) for text in (b"get", b"M-SEARCH", b"PROPFIND", b"G", b"PUT", b"PATCH", b"DELETE", b"QUERY")),
    served(77, "head, which is not HEAD", get(method=b"head")),
    served(77, "every byte of a token", get(method=b"!#$%&'*+-.^_`|~9z")),
]

SPLITS = [
    *in_two("GET", GET),
    *in_two("POST", SPLIT_POST, SPLIT_POST_FORWARDED),
    served(78, "GET byte by byte", in_bytes(get(b"X: y", target=b"/a?b"))),
    served(78, "a length byte by byte", in_bytes(post(b"Content-Length: 5", body=b"hello"))),
    served(78, "chunks byte by byte", in_bytes(SPLIT_POST), SPLIT_POST_FORWARDED),
    served(78, "an empty line byte by byte", in_bytes(b"\r\n" + GET), GET),
    refused(78, "a bare LF byte by byte", in_bytes(b"GET / HTTP/1.1\nHost: a\r\n\r\n")),
    refused(78, "two lengths byte by byte", in_bytes(post(b"Content-Length: 5", b"Content-Length: 6"))),
    refused(78, "a bad target byte by byte", in_bytes(get(target=b"/a/../b"))),
    refused(78, "a space before a colon byte by byte", in_bytes(get(b"X : y"))),
    refused(78, "a length and chunks byte by byte", in_bytes(post(CODING, b"Content-Length: 5", body=LAST))),
]

ROWS = [*LINE_ENDS, *BYTES_IN_FIELDS, *FIELD_LINES, *SIZES, *DEADLINES, *HOSTS, *ABSOLUTE, *METHODS, *TARGETS, *REQUEST_LINES, *SPLITS]
