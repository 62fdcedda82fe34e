"""The story of connections that rest: what memory a client's connection takes that has had its answer and stays open."""

from __future__ import annotations

import argparse
import contextlib
import resource
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import measure
import report
from programs import BODY_BYTES, BenchError, Place, Program, floor, free_address, haproxy, nginx, rota, running

ROUNDS = 2  # memory differs little from one to the next
WARM_UP, CONNECTIONS = 64, 5_000
MOST_CONNECTIONS = 6_000  # what the peers are told to allow
OPEN_FILES = 2 * MOST_CONNECTIONS + 200
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def idle_programs(build: Path) -> list[Program]:
    return [floor(build), rota(build), haproxy(connections=MOST_CONNECTIONS), nginx(connections=MOST_CONNECTIONS)]


def idle(programs: list[Program], behind: list[str], directory: Path, _: argparse.Namespace) -> dict:
    """A program is started anew for each round: what it has once had 5,000 of, it may have kept the memory for."""
    allow_open_files()
    rounds = []
    for number in range(1, ROUNDS + 1):
        for program in programs:
            place = Place(free_address(), behind, directory / f"{program.name}-{number}")
            with running(program, place) as process:
                run = one_run(process.pid, place.port)
            rounds.append({"round": number, "program": program.name, **run})
            print(f"round {number}  {program.name:8}{run['bytes']:7.0f} B a connection, {run['bytes_again']:.0f} when opened again")
    what = f"resident memory of a keep-alive connection that rests after one request: anonymous memory with {CONNECTIONS:,} of them, less that "
    what += f"after {WARM_UP} had come and gone; then all closed, and opened again; {ROUNDS} rounds, medians"
    return {"what": what, "rounds": rounds, "summary": report.summarize_idle(rounds)}


def one_run(pid: int, port: int) -> dict:
    with resting(port, WARM_UP):
        pass
    baseline = settled_bytes(pid)
    with resting(port, CONNECTIONS):
        opened = settled_bytes(pid)
    closed = settled_bytes(pid)
    with resting(port, CONNECTIONS):
        again = settled_bytes(pid)
    return {
        "baseline_kib": baseline / 1024,
        "bytes": (opened - baseline) / CONNECTIONS,
        "bytes_kept": (closed - baseline) / CONNECTIONS,
        "bytes_again": (again - baseline) / CONNECTIONS,
    }


def settled_bytes(pid: int) -> int:
    """Half a second after the last connection came or went, so that the program has dealt with all of it."""
    time.sleep(0.5)
    return measure.anonymous_bytes(pid)


@contextlib.contextmanager
def resting(port: int, count: int) -> Iterator[None]:
    """So many connections, opened one after the other, each after one request. That all of them lasted is looked at before they are closed."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(answered(port)) for _ in range(count)]
        yield
        poll = select.poll()
        for connection in connections:
            poll.register(connection, select.POLLIN)
        if ended := poll.poll(0):
            raise BenchError(f"{len(ended)} of {count} idle connections were closed by the proxy")


def answered(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(REQUEST)
    answer = b""
    while len(answer.partition(b"\r\n\r\n")[2]) < BODY_BYTES:
        piece = connection.recv(4096)
        if not piece:
            raise BenchError("the proxy closed a connection instead of answering")
        answer += piece
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise BenchError(f"answered {answer[:40]!r}")
    return connection


def allow_open_files() -> None:
    """For the bench itself and what it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < OPEN_FILES:
        raise BenchError(f"the story idle needs {OPEN_FILES:,} open files, and no more than {hard:,} are allowed here")
    if soft != resource.RLIM_INFINITY and soft < OPEN_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, hard))
