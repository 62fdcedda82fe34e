"""The stories that take CPU time under wrk: plain, large, short.

All programs are started once; then, round after round, each in turn is under load while the others idle.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import measure
import report
from programs import ROOT, Place, Program, free_address, running

CONNECTIONS = 64
LARGE_CONNECTIONS = 8
MIB = 1024 * 1024
FLOORS = {"floor", "floor-splice"}  # which know no request bodies


@dataclass(frozen=True)
class Traffic:
    """What wrk sends, and on how many connections."""

    connections: int = CONNECTIONS
    path: str = "/"
    flags: tuple[str, ...] = ()

    def load(self, port: int, seconds: int) -> measure.Load:
        return measure.run_wrk(port, seconds, self.connections, self.path, self.flags)


PLAIN = Traffic()
SHORT = Traffic(flags=("-H", "Connection: close"))
DOWNLOAD = Traffic(LARGE_CONNECTIONS, f"/bytes/{MIB}")
UPLOAD = Traffic(LARGE_CONNECTIONS, "/", ("-s", str(ROOT / "bench/upload.lua")))


@dataclass(frozen=True)
class Runner:
    """The programs of a story, started. run() is one measurement of one of them."""

    processes: dict[str, int]
    ports: dict[str, int]

    def run(self, program: str, traffic: Traffic, seconds: int) -> dict:
        time.sleep(0.3)  # until the run before has closed its connections
        pid = self.processes[program]
        before = measure.cpu_nanoseconds(pid)
        load = traffic.load(self.ports[program], seconds)
        cpu = measure.cpu_nanoseconds(pid) - before
        return {
            "requests": load.requests,
            "seconds": load.seconds,
            "cpu_ns": cpu,
            "cpu_us": cpu / 1000 / load.requests,
            "requests_per_second": load.requests / load.seconds,
            "p50_us": load.p50_us,
            "p99_us": load.p99_us,
            "peak_memory_kib": measure.peak_memory_kib(pid),
        }


@contextlib.contextmanager
def started(programs: list[Program], behind: list[str], directory: Path, warm_up: Callable[[Program], list[Traffic]]) -> Iterator[Runner]:
    """All of them, with connections, pages and caches warm before anything counts."""
    with contextlib.ExitStack() as stack:
        places = {program.name: Place(free_address(), behind, directory / program.name) for program in programs}
        processes = {program.name: stack.enter_context(running(program, places[program.name])).pid for program in programs}
        runner = Runner(processes, {name: place.port for name, place in places.items()})
        for program in programs:
            for traffic in warm_up(program):
                traffic.load(runner.ports[program.name], 1)
        yield runner


def plain(programs: list[Program], behind: list[str], directory: Path, options: argparse.Namespace) -> dict:
    rounds = request_rounds(PLAIN, programs, behind, directory, options)
    what = f"GET, keep-alive, {CONNECTIONS} connections, 57-byte JSON, {options.rounds} rounds of {options.seconds} s, medians"
    return {"what": what, "rounds": rounds, "summary": report.summarize_plain(rounds)}


def short(programs: list[Program], behind: list[str], directory: Path, options: argparse.Namespace) -> dict:
    rounds = request_rounds(SHORT, programs, behind, directory, options)
    what = f"GET with Connection: close, a new client connection for each, {CONNECTIONS} at a time, those to the instances kept, 57-byte JSON, "
    what += f"{options.rounds} rounds of {options.seconds} s, medians"
    return {"what": what, "rounds": rounds, "summary": report.summarize_plain(rounds)}


def request_rounds(traffic: Traffic, programs: list[Program], behind: list[str], directory: Path, options: argparse.Namespace) -> list[dict]:
    rounds = []
    with started(programs, behind, directory, lambda _: [traffic]) as runner:
        for number in range(1, options.rounds + 1):
            for program in programs:
                run = runner.run(program.name, traffic, options.seconds)
                rounds.append({"round": number, "program": program.name, **run})
                print(f"round {number}  {program.name:8}{run['cpu_us']:7.2f} us CPU/request {run['requests_per_second']:9.0f} requests/s")
    return rounds


def large(programs: list[Program], behind: list[str], directory: Path, options: argparse.Namespace) -> dict:
    def directions(program: Program) -> dict[str, Traffic]:
        downloads = {"download": DOWNLOAD}
        return downloads if program.name in FLOORS else downloads | {"upload": UPLOAD}

    seconds = max(1, options.seconds // 2)  # for each direction
    rounds = []
    with started(programs, behind, directory, lambda program: list(directions(program).values())) as runner:
        for number in range(1, options.rounds + 1):
            for program in programs:
                for direction, traffic in directions(program).items():
                    run = per_gib(runner.run(program.name, traffic, seconds))
                    rounds.append({"round": number, "program": program.name, "direction": direction, **run})
                    print(f"round {number}  {program.name:16}{direction:9}{run['cpu_ms']:7.1f} ms CPU/GiB {run['gib_per_second']:6.2f} GiB/s")
    what = f"bodies of 1 MiB, {LARGE_CONNECTIONS} connections, keep-alive: downloads by GET, uploads by POST, "
    what += f"{options.rounds} rounds of {seconds} s each, medians"
    return {"what": what, "rounds": rounds, "summary": report.summarize_large(rounds)}


def per_gib(run: dict) -> dict:
    gib = run["requests"] * MIB / 2**30
    return run | {"cpu_ms": run["cpu_ns"] / 1e6 / gib, "gib_per_second": gib / run["seconds"]}
