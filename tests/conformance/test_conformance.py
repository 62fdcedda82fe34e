"""The wire, row by row: raw bytes to the real program, with an instance behind it that keeps the exact bytes it is sent. Of each row three things are asserted:
what the client got, what the instance got, and that the next request is unharmed, on the same connection and on a fresh one. The rows are in cases/."""

import itertools
import json
import re
from contextlib import ExitStack

import pytest
from cases import SECTIONS
from recorder import Recorder
from row import GET, LAST, OK, QUIET, REST, THEN, Cut, Do, Own, Relayed, answered, chunks, cut, get, lines, refused, served
from support.rota import SANITIZED, Rota, eventually, is_readable
from support.wire import SECONDS, Client, assert_own, dechunked

ROWS = [row for rows in SECTIONS.values() for row in rows]

# One worker, so that there is one pool, and time enough: what a request leaves behind on a connection to the instance, the next one meets.
ENV = {"ROTA_WORKERS": "1", "ROTA_TIMEOUTS_KEEP": "60s"}
# rota's own lines go behind the client's.
OWN_LINES = rb"X-Forwarded-For: 127\.0\.0\.1\r\nX-Forwarded-Host: %b\r\nX-Forwarded-Proto: http\r\nX-Request-Id: [0-9a-f-]{36}\r\n\r\n"

# Between two pieces, so that they do not arrive as one.
MOMENT = 0.001
# Longer than rota leaves a connection unwatched.
WHILE = 0.1
# For a line of the log that would be there already, if it were not written by a thread of its own.
PATIENCE = 2.0

numbers = itertools.count(1)


class Stage:
    """One rota and its instance, for all rows that need no other."""

    def __init__(self, stack, env):
        self.recorder = stack.enter_context(Recorder())
        self.rota = stack.enter_context(Rota(to=[self.recorder], env=ENV | dict(env)))
        self._logged = 0

    def new_log_lines(self):
        """The whole lines of the access log since the last call."""
        output = self.rota.output()
        whole = output[: output.rfind("\n") + 1]
        lines, self._logged = whole[self._logged :].splitlines(), len(whole)
        return lines


class Stages:
    """The running ones, by what they need of the environment."""

    def __init__(self, stack):
        self._stack = stack
        self._running = {}

    def get(self, env):
        if env not in self._running:
            self._running[env] = Stage(self._stack, env)
        return self._running[env]

    def leave(self, env):
        """A row has failed there: what it left behind must not become the next one's."""
        del self._running[env]


@pytest.fixture(scope="module")
def stages():
    with ExitStack() as stack:
        yield Stages(stack)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row(stages, row):
    stage = stages.get(row.env)
    try:
        play(row, stage)
    except BaseException:
        stages.leave(row.env)
        raise


def play(row, stage):
    recorder, rota = stage.recorder, stage.rota
    recorder.play(row)
    before = rota.resident_bytes()
    if row.memory:
        rota.forget_peak()
    with Client(rota.port) as client:
        talk(client, row, recorder)
        assert SANITIZED or not row.memory or rota.peak_resident_bytes() - before < row.memory
        wait_for_rest(recorder)
        own = [] if row.closes else [ask_own(client, "follow")]
    with Client(rota.port) as client:
        own.append(ask_own(client, "probe"))
    check_instance(recorder, row, own)
    check_log(stage, row, own[-1])
    recorder.settle()


def wait_for_rest(recorder):
    eventually(recorder.is_at_rest, SECONDS, "the instance having done what the row says")


LIES = [
    refused(0, "refused, but it is served", GET),
    refused(0, "refused, but with another status", get(target=b"*"), 501),
    served(0, "served, but it is refused", get(target=b"*")),
    served(0, "forwarded with another field", GET, get(b"X: y")),
    served(0, "forwarded with another body", chunks(b"2\r\nhi\r\n" + LAST), chunks(b"2\r\nho\r\n" + LAST)),
    served(0, "forwarded twice", GET, (GET, GET)),
    served(0, "not forwarded", GET, ()),
    served(0, "on another connection", GET, pooled=False),
    served(0, "closes, but without a word", lines(b"GET / HTTP/1.0", b"Host: a"), GET, OK, closes=True),
    cut(0, "cut, but it is whole", get(b"Connection: close"), GET, 200),
    answered(0, "another answer", OK, OK.replace(b"ok", b"no")),
    answered(0, "another body", OK, Relayed(200, b"no"), pooled=True),
    answered(0, "an instance that goes on talking", (OK, Do.SEEN, OK), OK, pooled=True),
    served(0, "another line in the log", GET, logs='"status":404'),
    *([] if SANITIZED else [served(0, "more memory", GET, memory=-1)]),
]


@pytest.mark.parametrize("row", LIES, ids=lambda row: row.name)
def test_a_row_that_is_not_so_fails(stages, row):
    with pytest.raises(AssertionError):
        play(row, stages.get(row.env))
    stages.leave(row.env)


def test_no_two_rows_have_a_name():
    names = [row.id.lower() for row in ROWS]
    assert sorted(names) == sorted(set(names))


# ---- the client's side


def talk(client, row, recorder):
    """Plays the client, and checks what it gets, up to the end where there is to be one."""
    awaited = iter(row.gets)
    method = "HEAD" if row.sent[0].lstrip(b"\r\n").startswith(b"HEAD ") else "GET"
    finals = []

    def get_next():
        answer = take(client, next(awaited), method)
        recorder.seen.release()
        finals.append(answer)

    for piece, before in zip(pieces := sending(row), (THEN, *pieces)):
        if piece is THEN:
            get_next()
        elif piece is REST:
            wait_for_rest(recorder)
        elif piece is QUIET:
            assert not is_readable(client.socket, WHILE), "something came"
        elif isinstance(before, Do) or not is_readable(client.socket, MOMENT):  # else there is an answer already: the rest would come too late
            send(client, piece)
    if row.ends is Do.FIN:
        client.finish()
    if row.slow:
        eventually(recorder.is_stuck, SECONDS, "the instance being stuck")
    for _ in range(len(row.gets) - len(finals)):
        get_next()
    if row.ends in (Do.CLOSE, Do.RESET):
        client.close() if row.ends is Do.CLOSE else client.reset()
    elif row.closes:
        if row.behind:
            send(client, behind())
        assert client.read_all() == b"", "there is nothing behind the last answer"
        last = finals[-1] if finals else None
        assert row.ends or not last or last.headers["Connection"] == "close"


def sending(row):
    """Its pieces, with a request behind them where the connection must end: together with the last piece, so that it is there when that is judged."""
    *first, last = row.sent
    return (*first, last + behind()) if row.closes and row.behind else row.sent


def behind():
    return b"GET /behind/%d HTTP/1.1\r\nHost: a\r\n\r\n" % next(numbers)


def send(client, data):
    try:
        client.send(data)
    except OSError:
        pass  # refused while it was on its way


def take(client, awaited, method):
    """The next thing that comes, which must be what is awaited. What of it has a head and can be the last answer of a connection comes back."""
    if isinstance(awaited, bytes):
        came = client.read_exactly(len(awaited), SECONDS) or client.received[client._taken :]
        assert came == awaited
        return None
    if isinstance(awaited, Own):
        answer = client.read_body(client.read_interim(), method)
        if method == "HEAD":
            assert answer.status == awaited.status and not answer.body
        else:
            assert_own(answer, awaited.status, awaited.error)
        assert ("Allow" in answer.headers) == (answer.status == 405)
        return answer
    status = awaited.status if isinstance(awaited, Relayed) else awaited
    answer = client.read_interim()
    assert (answer.status, answer.headers["Proxy-Status"]) == (status, None)
    if status >= 200:
        client.read_body(answer, method)
    assert not isinstance(awaited, Relayed) or answer.body == awaited.body
    return answer


def ask_own(client, kind):
    """A request with a number of its own, which must come back; the request as an instance gets it."""
    sent = b"GET /%b/%d HTTP/1.1\r\nHost: a\r\n\r\n" % (kind.encode(), next(numbers))
    answer = client.ask(sent)
    assert answer.status == 200 and sent.startswith(b"GET /%b/%b " % (kind.encode(), answer.body)), "not its own answer"
    return sent


# ---- the instance's side


def check_instance(recorder, row, own):
    """It got the row's requests, and then the test's own."""
    awaited = [request for request in row.reaches if not isinstance(request, Cut)] + own
    begun = [request.request for request in row.reaches if isinstance(request, Cut)]
    if row.ends is Do.RESET:  # nobody says when what rota had of it before arrives
        eventually(recorder.has_read_all, SECONDS, "all that was sent being read")
    if begun:
        eventually(lambda: all(closed for _, closed in recorder.unfinished()), SECONDS, "the connection of an unfinished request being closed")
    came, rests = recorder.requests(), recorder.unfinished()
    assert len(came) == len(awaited), f"the instance got {[one.head + one.body[:200] for one in came]}, not {awaited}"
    for one, request in zip(came, awaited):
        assert_same(one, request)
    assert len(rests) <= len(begun), f"the instance got {rests}"
    for (rest, _), request in zip(rests, begun):
        assert_beginning(rest, request)
    if row.pooled is not None:
        assert (came[0].connection == came[-1].connection) == row.pooled, f"the connection to the instance {'is not' if row.pooled else 'is'} used again"


def split(request):
    head, _, body = request.partition(b"\r\n\r\n")
    return head + b"\r\n", body


def as_forwarded(head):
    """The pattern of a head with what rota adds to it."""
    host = re.search(rb"(?i)\r\nhost:[ \t]*([^\r]*?)[ \t]*\r\n", head)
    return re.compile(re.escape(head) + OWN_LINES % re.escape(host[1]), re.DOTALL)


def is_chunked(head):
    return b"\r\nTransfer-Encoding: chunked\r\n" in head


def assert_same(came, request):
    head, body = split(request)
    assert as_forwarded(head).fullmatch(came.head), f"{came.head!r} is not {head!r} and rota's lines"
    if is_chunked(head):  # how a payload is cut into chunks is rota's affair
        assert dechunked(came.body) == dechunked(body)
    else:
        assert came.body == body


def assert_beginning(rest, request):
    """A head, and behind a whole one what may have come of its body, but not all of that."""
    head, body = split(request)
    came_head, end, came_body = rest.partition(b"\r\n\r\n")
    if not end:
        return
    assert as_forwarded(head).fullmatch(came_head + end), f"{came_head!r} is not {head!r} and rota's lines"
    if is_chunked(head):
        came_body, body = dechunked_beginning(came_body), dechunked(body)[0]
    else:
        assert len(came_body) < len(body), "it came whole"
    assert body.startswith(came_body)


def dechunked_beginning(body):
    """The payload of chunks that break off somewhere, but before the last one."""
    payload = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        assert int(size, 16) > 0, "it ended"
        payload += body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]
    return payload


# ---- the access log


def check_log(stage, row, probe):
    """Its lines are JSON, and have what the row says. Those of the row come before the probe's."""
    lines, path = [], f'"path":"{probe.split(b" ")[1].decode()}"'

    def is_there(pattern):
        lines.extend(stage.new_log_lines())
        return any(re.search(pattern, line) for line in lines)

    if is_there(path) or row.logs or row.hides:
        eventually(lambda: is_there(path), SECONDS, "the probe's line in the access log")
    for line in lines:
        json.loads(line)
    assert not row.hides or not is_there(row.hides), f"{row.hides} is in {lines}"
    if row.logs and not is_there(row.logs):
        eventually(lambda: is_there(row.logs), PATIENCE, f"{row.logs} in {lines}")
