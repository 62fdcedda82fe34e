"""The bench: rota beside a bare relay (the floor), HAProxy and nginx, on the same cores, in turn.

    ./do bench [all|plain|instructions|syscalls|docs] [--rounds 5] [--seconds 4]

plain         GET, keep-alive, 64 connections, a 57-byte JSON answer. All programs are started once; then, round after round, each in turn
              is under load while the others idle. The proxy is alone on core 0; load and instances share core 1; one worker each.
              CPU per request is the scheduler's time on a CPU over the requests that wrk completed.
instructions  user-space instructions per request: callgrind's totals of two runs that differ only in their number of requests.
syscalls      the same difference of strace's counts.
docs          writes docs/benchmarks.md from bench/results/.
all           plain and instructions; what is run when nothing is named.

Each story writes bench/results/<story>.json. A program that is missing is named, and left out.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import docs
import measure
import report
from programs import (
    END_WITH_PARENT,
    LOAD_CORE,
    ROOT,
    BenchError,
    Place,
    Program,
    find,
    free_address,
    instances,
    known_programs,
    running,
    version_of,
)

CONNECTIONS = 64
CALLGRIND_CONNECTIONS = 8
CALLGRIND_REQUESTS = (2_000, 12_000)
STRACE_REQUESTS = (6_400, 38_400)
TOOLS = {"plain": ["wrk"], "instructions": ["valgrind", "h2load"], "syscalls": ["strace", "h2load"]}
VERSION_FLAGS = {"wrk": "-v", "valgrind": "--version", "h2load": "--version", "strace": "-V"}


def plain(programs: list[Program], behind: list[str], directory: Path, options: argparse.Namespace) -> dict:
    rounds = []
    with contextlib.ExitStack() as stack:
        places = {program.name: Place(free_address(), behind, directory / program.name) for program in programs}
        processes = {program.name: stack.enter_context(running(program, places[program.name])) for program in programs}
        for program in programs:
            measure.run_wrk(places[program.name].port, 1, CONNECTIONS)  # connections, pages and caches are warm before anything counts
        for number in range(1, options.rounds + 1):
            for program in programs:
                run = one_run(processes[program.name].pid, places[program.name].port, options.seconds)
                rounds.append({"round": number, "program": program.name, **run})
                print(f"round {number}  {program.name:8}{run['cpu_us']:7.2f} us CPU/request {run['requests_per_second']:9.0f} requests/s")
    what = f"GET, keep-alive, {CONNECTIONS} connections, 57-byte JSON, {options.rounds} rounds of {options.seconds} s, medians"
    return {"what": what, "rounds": rounds, "summary": report.summarize_plain(rounds, [program.name for program in programs])}


def one_run(pid: int, port: int, seconds: int) -> dict:
    time.sleep(0.3)  # until the run before has closed its connections
    before = measure.cpu_nanoseconds(pid)
    load = measure.run_wrk(port, seconds, CONNECTIONS)
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


def instructions(programs: list[Program], behind: list[str], directory: Path, _: argparse.Namespace) -> dict:
    def count(program: Program, requests: int) -> int:
        file = directory / f"{program.name}.{requests}.callgrind"
        tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={file}"]
        place = Place(free_address(), behind, directory / f"{program.name}-{requests}")
        with running(program, place, under=tool):
            measure.run_h2load(place.port, requests, CALLGRIND_CONNECTIONS)
        return measure.callgrind_total(file)

    few, many = CALLGRIND_REQUESTS
    rounds, summary = [], {}
    for program in programs:
        totals = {requests: count(program, requests) for requests in CALLGRIND_REQUESTS}
        rounds.append({"program": program.name, "totals": totals})
        summary[program.name] = {"per_request": (totals[many] - totals[few]) / (many - few)}
    what = f"user-space instructions a request, {many:,} requests less {few:,}, {CALLGRIND_CONNECTIONS} connections"
    return {"what": what, "rounds": rounds, "summary": summary}


def syscalls(programs: list[Program], behind: list[str], directory: Path, _: argparse.Namespace) -> dict:
    def count(program: Program, requests: int) -> dict[str, int]:
        file = directory / f"{program.name}.{requests}.strace"
        place = Place(free_address(), behind, directory / f"{program.name}-{requests}")
        with running(program, place, under=["strace", "-c", "-f", "-o", str(file), *END_WITH_PARENT]):
            measure.run_h2load(place.port, requests, CONNECTIONS)
        return measure.strace_counts(file)

    few, many = STRACE_REQUESTS
    rounds, summary = [], {}
    for program in programs:
        totals = {requests: count(program, requests) for requests in STRACE_REQUESTS}
        rounds.append({"program": program.name, "totals": totals})
        calls = {name: (totals[many][name] - totals[few].get(name, 0)) / (many - few) for name in totals[many]}
        calls = dict(sorted(calls.items(), key=lambda item: -item[1]))
        waiting = sum(calls.get(name, 0) for name in measure.WAITING)
        whole = sum(calls.values())
        summary[program.name] = {"per_request": whole, "without_waiting": whole - waiting, "calls": calls}
    what = f"system calls a request, {many:,} requests less {few:,}, {CONNECTIONS} connections"
    return {"what": what, "rounds": rounds, "summary": summary}


STORIES = {"plain": plain, "instructions": instructions, "syscalls": syscalls}


def run_story(story: str, programs: list[Program], missing: list[str], options: argparse.Namespace) -> None:
    absent = [tool for tool in TOOLS[story] if not find(tool)]
    if absent:
        print(f"missing: {', '.join(absent)}; the story {story} is left out")
        return
    with tempfile.TemporaryDirectory(prefix="rota-bench-") as directory, instances(options.build) as behind:
        measured = STORIES[story](programs, behind, Path(directory), options)
    result = {
        "story": story,
        "what": measured["what"],
        "command": f"./do bench {story}" + (f" --rounds {options.rounds} --seconds {options.seconds}" if story == "plain" else ""),
        "date": measure.now(),
        "commit": measure.commit(),
        "machine": options.machine,
        "versions": {program.name: version_of(program.binary, program.version) for program in programs}
        | {tool: version_of(tool, [VERSION_FLAGS[tool]]) for tool in TOOLS[story]},
        "missing": missing,
        **measured,
    }
    report.show(result)
    if not options.only:
        report.save(result)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./do bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("story", nargs="?", default="all", choices=["all", *STORIES, "docs"])
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--seconds", type=int, default=4, metavar="S")
    parser.add_argument("--only", metavar="A,B", help="these programs alone, e.g. floor,rota; nothing is written then")
    where = "where rota, bench-floor and test-instance are"
    parser.add_argument("--build", type=Path, default=ROOT / "build/release", metavar="DIR", help=where)
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    if options.story == "docs":
        docs.write()
        return 0
    if (os.cpu_count() or 1) <= LOAD_CORE:
        raise BenchError("the bench needs two cores: one for the proxy, one for load and instances")
    programs, missing = [], []
    for program in known_programs(options.build):
        if options.only and program.name not in options.only.split(","):
            continue
        if find(program.binary):
            programs.append(program)
        else:
            missing.append(program.name)
            print(f"missing: {program.name}; left out")
    options.machine = measure.machine()
    if options.machine["load_before"] > 0.5:
        print(f"note: something else runs here (load {options.machine['load_before']}); times will look worse than they are")
    os.sched_setaffinity(0, {LOAD_CORE})
    for story in ["plain", "instructions"] if options.story == "all" else [options.story]:
        run_story(story, programs, missing, options)
    return 0


def interrupted(*_: object) -> None:
    """Once: what follows is the stopping of everything, which a second Ctrl-C must not cut short."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, interrupted)
    try:
        sys.exit(main())
    except BenchError as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit("bench: interrupted; everything it started is stopped")
