"""rota under a program that counts, and clients in lock-step: a request is sent on each connection, and nothing more until each has its answer.

What a request costs is the difference of two runs that differ in their number of requests: nothing else is in it, neither starting rota nor stopping
it.
"""

import os
import resource
import signal
import socket
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from support.rota import ROOT, Rota

sys.path.append(str(ROOT / "bench"))
import measure  # noqa: E402

REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
BODY_BYTES = 57
# As in the bench: one worker and no access log. And connections to instances outlive the longest run, on the slowest machine.
ENVIRONMENT = {"ROTA_WORKERS": "1", "ROTA_ACCESS_LOG_FORMAT": "off", "ROTA_TIMEOUTS_KEEP": "10m"}
CONNECTIONS = 8
# The same everywhere, and never as many as valgrind cannot make room for.
OPEN_FILES = min(20_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
PATIENCE = 100.0


class CountedRota(Rota):
    """rota, run by another program. What that one counted is in `file` once rota has ended."""

    start_seconds = stop_seconds = PATIENCE
    counter = ()

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, env=ENVIRONMENT, open_files=(OPEN_FILES, OPEN_FILES), **options)
        self.file = self.folder / "counted"
        self.command = [word.format(file=self.file) for word in self.counter] + self.command


class CallgrindRota(CountedRota):
    counter = tuple(measure.callgrind("{file}"))


class StraceRota(CountedRota):
    """A tracer keeps signals to itself, and ends when rota does. Should it be killed, the kernel ends rota."""

    counter = ("strace", "-c", "-f", "-o", "{file}", "setpriv", "--pdeathsig", "KILL")

    def signal(self, number):
        (child,) = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        os.kill(int(child), number)


@dataclass(frozen=True)
class Cost:
    """Of a request."""

    instructions: float
    allocations: float
    turns: float  # of rota's loop


    def in_turns(self, turns, turn):
        """Its instructions, had it taken so many turns of `turn` instructions each."""
        return self.instructions + (turns - self.turns) * turn


def cost(requests, *, before=400, ask=None, **rota):
    """Of one of so many requests, behind `before` others. `rota`: what a Rota is made of. `ask`: who sends them."""
    few, many = (_callgrind(count, ask or in_rounds, rota) for count in (before, before + requests))
    return Cost(*((more - less) / requests for less, more in zip(few, many, strict=True)))


def _callgrind(requests, ask, options):
    with CallgrindRota(**options) as rota:
        ask(rota.port, requests)
        rota.signal(signal.SIGTERM)
        assert rota.wait_exit() == 0
        return (
            measure.callgrind_total(rota.file, but_first=True),
            measure.callgrind_allocations(rota.file, but_first=True),
            measure.callgrind_calls(rota.file, measure.WAITING, but_first=True),
        )


def system_calls(requests, *, before=400, **options):
    """By name, of each of so many requests, behind `before` others."""
    few, many = (_strace(count, options) for count in (before, before + requests))
    return {name: (many.get(name, 0) - few.get(name, 0)) / requests for name in few | many}


def _strace(requests, options):
    with StraceRota(**options) as rota:
        in_rounds(rota.port, requests)
        rota.signal(signal.SIGTERM)
        assert rota.wait_exit() == 0
        return measure.strace_counts(rota.file)


# ---- clients


def in_rounds(port, requests, connections=CONNECTIONS):
    """One request on each of the connections at a time."""
    assert requests % connections == 0
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(port)) for _ in range(connections)]
        for _ in range(requests // connections):
            for client in clients:
                client.sendall(REQUEST)
            for client in clients:
                read_answer(client)


def one_by_one(port, requests):
    in_rounds(port, requests, connections=1)


def each_on_its_own(port, requests):
    """One after the other, each on a new connection."""
    for _ in range(requests):
        with connect(port) as client:
            client.sendall(REQUEST)
            read_answer(client)


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def read_answer(client):
    answer = b""
    while len(answer.partition(b"\r\n\r\n")[2]) < BODY_BYTES:
        piece = client.recv(65536)
        assert piece, f"closed in the middle of an answer: {answer!r}"
        answer += piece
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer
