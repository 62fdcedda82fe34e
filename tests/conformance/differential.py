#!/usr/bin/env python3
"""What rota forwards, five other servers must read as rota does: one request, with this method, target and body, and behind it the next one. Mutated requests go
through rota; each distinct request that came out behind it is given, byte for byte and with a marker behind it, to nginx, haproxy, apache2, lighttpd and node.
usage: differential.py [--mutants N] [--seed N]    exits with 1 where one of them disagrees"""

import argparse
import asyncio
import re
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from judging import Forwarded, Report, answers, judge  # noqa: E402
from mutate import mutants  # noqa: E402
from recorder import Bad, read_body  # noqa: E402
from row import get  # noqa: E402
from servers import SERVERS, Seen, Witness  # noqa: E402
from support.rota import Rota  # noqa: E402
from support.wire import dechunked  # noqa: E402

MUTANTS, SEED = 10_000, 1
AT_ONCE = 32  # conversations
ANSWERS_IN = 15.0  # rota has seen the client's end: nothing waits that long
SERVER_ANSWERS_IN = 5.0  # one that waits for more has taken the marker for something else
QUIET = 0.05  # behind what the instance cannot read
STUCK = 1.0  # what rota has not broken off by then is whole to it

MARKER = get(b"X-Marker: 1", target=b"/marker")
OWN = [
    (re.compile(rb"\r\nX-Forwarded-For: (127\.\d+\.\d+\.\d+)(?=\r\n)"), b"\r\nX-Forwarded-For: 127.0.0.1"),
    (re.compile(rb"\r\nX-Request-Id: [0-9a-f-]{36}(?=\r\n)"), b"\r\nX-Request-Id: 0"),
]

UPGRADE = re.compile(rb"\r\nUpgrade:", re.IGNORECASE)


# ---- reading requests: strictly, as the recorder of the rows does


class Held:
    """Bytes that are all there, for those who read from a connection."""

    def __init__(self, data):
        self.rest = data

    def read_until(self, marker, _=None):
        at = self.rest.find(marker)
        return self.read_exactly(at + len(marker)) if at >= 0 else b""

    def read_exactly(self, size, _=None):
        if len(self.rest) < size:
            return b""
        piece, self.rest = self.rest[:size], self.rest[size:]
        return piece


def read_request(data):
    """What a request is, and the bytes behind it; None where it is not whole. Raises Bad."""
    held = Held(data)
    head = held.read_until(b"\r\n\r\n")
    body = read_body(held, head) if head else None
    if body is None:
        return None
    words = head.partition(b"\r\n")[0].split(b" ")
    if len(words) != 3 or words[2] != b"HTTP/1.1":
        raise Bad(head)
    if re.search(rb"(?i)\r\ntransfer-encoding:", head):
        body = dechunked(body)[0]
    return Seen.of(words[0], words[1], body), held.rest


def read_alone(data):
    """What a request is; None where that cannot be read, or is not all."""
    try:
        request, rest = read_request(data) or (None, b"")
    except Bad:
        return None
    return None if rest else request


# ---- the instance behind rota


class Instance(asyncio.Protocol):
    """Answers one request on each connection, and ends it: so all that came on a connection is what rota took for one request, whoever reads it."""

    def __init__(self, taken):
        self._taken = taken
        self._data = b""
        self._answered = False
        self._patience = None

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        self._data += data
        if self._patience:
            self._patience.cancel()
        self._patience = asyncio.get_running_loop().call_later(self._wait(), self._answer)

    def _wait(self):
        try:
            return 0 if read_request(self._data) else STUCK
        except Bad:
            return QUIET

    def _answer(self):
        if not self._answered:
            self._answered = True
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    def connection_lost(self, _):
        if self._patience:
            self._patience.cancel()
        if self._data:
            self._taken.append((self._data, self._answered))


def distinct(taken, sent):
    """Those that are no markers, each once; and where they come from."""
    forwarded, origins = {}, set()
    for data in taken:
        if data.startswith(MARKER[:-2]) and read_alone(data):
            continue
        origin = origin_of(data)
        if origin in sent:
            origins.add(origin)
        key = data
        for pattern, same in OWN:
            key = pattern.sub(same, key)
        forwarded.setdefault(key, Forwarded(data, sent.get(origin, b"(unknown)")))
    return list(forwarded.values()), origins


def origin_of(data):
    found = OWN[0][0].findall(data.partition(b"\r\n\r\n")[0] + b"\r\n")
    return found[-1].decode() if found else None


# ---- conversations


class Conversation(asyncio.Protocol):
    """`later` is said when the first final answer begins; `ends`: the end of our direction comes at once."""

    def __init__(self, data, later, ends):
        self._data, self._later, self._ends = data, later, ends
        self.received = b""
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self._transport = transport
        transport.write(self._data)
        if self._ends:
            transport.write_eof()

    def data_received(self, data):
        self.received += data
        if self._later and re.search(rb"(?m)^HTTP/1\.[01] [2-5]", self.received):
            self._transport.write(self._later)
            self._later = b""

    def connection_lost(self, _):
        if not self.closed.done():
            self.closed.set_result(True)


async def converse(port, data, seconds, later=b"", source=None, ends=False):
    """Says that, and hears all that comes until the peer closes: (bytes, whether it did)."""
    loop = asyncio.get_running_loop()
    local = (source, 0) if source else None
    transport, conversation = await loop.create_connection(lambda: Conversation(data, later, ends), "127.0.0.1", port, local_addr=local)
    await asyncio.wait([conversation.closed], timeout=seconds)
    closed = conversation.closed.done()
    transport.abort()
    return conversation.received, closed


async def each(items, function):
    """function(item) for all of them, some at a time."""
    items = iter(items)

    async def work():
        for item in items:
            await function(item)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def source_of(number):
    """An address of this machine's own for each mutant: rota tells it to the instance."""
    return f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


# ---- all of it


def check(start, requests):
    """Sends them through a proxy, `start(the instance's address)` with a port, and gives what comes out to the servers."""
    began = time.monotonic()
    report = Report()
    with ExitStack() as stack:
        instance, witness = (stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1024)) for _ in range(2))
        proxy = stack.enter_context(start("127.0.0.1:%d" % instance.getsockname()[1]))
        servers = [stack.enter_context(server(witness.getsockname()[1])) for server in SERVERS]
        asyncio.run(play(report, requests, proxy.port, instance, witness, servers))
    report.seconds = time.monotonic() - began
    return report


async def play(report, requests, port, instance, witness, servers):
    loop = asyncio.get_running_loop()
    taken = []
    async with await loop.create_server(lambda: Instance(taken), sock=instance), await loop.create_server(Witness, sock=witness):
        sent = {source_of(number): request for number, request in enumerate(requests, 1)}

        async def send(one):
            source, request = one
            report.open += not (await converse(port, request + MARKER, ANSWERS_IN, source=source, ends=True))[1]

        await each(sent.items(), send)
        await asyncio.sleep(QUIET * 4)
        whole, origins = distinct([data for data, answered in taken if answered], sent)
        cut, _ = distinct([data for data, answered in taken if not answered], sent)
        report.mutants, report.forwarded, report.distinct, report.cut = len(sent), len(origins), len(whole), len(cut)
        await each(enumerate(whole), lambda one: ask(report, *one, servers))
        await each(cut, lambda one: ask_of_cut(report, one, servers))


async def ask(report, number, forwarded, servers):
    """The recorder, which has read it already, and each of the servers."""
    request = read_alone(forwarded.data)
    report.add("recorder", "agreed" if request else "disagreed", forwarded, b"")
    method = forwarded.data.partition(b" ")[0]
    marker = get(b"Connection: close", target=b"/marker-%d" % number)
    # Behind an Upgrade the next request waits for the answer: whether it is still HTTP/1.1 that is spoken then, nobody can know before.
    now, later = (b"", marker) if UPGRADE.search(forwarded.data) else (marker, b"")
    conversations = [converse(server.port, forwarded.data + now, SERVER_ANSWERS_IN, later=later) for server in servers]
    for server, (came, closed) in zip(servers, await asyncio.gather(*conversations)):
        verdict = judge(request, read_alone(marker), answers(came, method))
        report.add(server.name, verdict if closed else "disagreed", forwarded, came)


async def ask_of_cut(report, forwarded, servers):
    """What rota broke off must be no request to them either."""
    for server in servers:
        came, _ = await converse(server.port, forwarded.data, SERVER_ANSWERS_IN, ends=True)
        if any(seen for _, seen in answers(came, b"GET")):
            report.add(server.name, "disagreed", forwarded, came)


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--mutants", type=int, default=MUTANTS)
    options.add_argument("--seed", type=int, default=SEED)
    options = options.parse_args()
    report = check(lambda address: Rota(to=[address]), mutants(options.mutants, options.seed))
    print(report)
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
