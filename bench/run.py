"""The bench: rota beside a bare relay (the floor), HAProxy and nginx, on the same cores, in turn.

    ./do bench [all|plain|instructions|large|short|idle|hostile|syscalls|routes|instances|fleet|publish|docs] [--rounds 5] [--seconds 4]

plain         GET, keep-alive, 64 connections, a 57-byte JSON answer. All programs are started once; then, round after round, each in turn
              is under load while the others idle. The proxy is alone on core 0; load and instances share core 1; one worker each.
              CPU per request is the scheduler's time on a CPU over the requests that wrk completed.
instructions  user-space instructions and heap allocations per request: callgrind's counts of two runs that differ only in their number of requests.
large         as plain, with bodies of 1 MiB on 8 connections: CPU per GiB of downloads, and of uploads, half of --seconds each. HAProxy and
              the floor also with splice; the floor, which knows no request bodies, with downloads alone.
short         as plain, with a new client connection for each request, without the floor.
idle          resident memory of a client's connection that rests after one request, over 5,000 of them; two rounds, and each starts
              the programs anew.
hostile       as plain, on 16 connections: the floor, rota and HAProxy, each without anybody else and then beside a mass of hostile clients
              (bench/mass.py): latencies, and the 99th percentile over that of the quiet run. What the mass costs the floor is the machine's.
syscalls      the same difference as in instructions, of strace's counts.
routes        instructions of rota alone, with one service and no routes, and with 10,000 routes over 10 services.
instances     instructions of rota alone, with 3 instances and with 10,000.
fleet         rota alone, before three instances that are killed, stopped, slowed down, and mended (bench/fleet.py): how long until it is seen and
              obeyed, and which requests failed. --seconds does not matter; a round takes a minute.
publish       one worker of rota's, with nothing changing, with 1,000 changes of the fleet a second, and with as many that it is not told of
              (bench/publish.cpp): its CPU per request, and how long until a change is in force.
docs          writes docs/benchmarks.md and docs/benchmarks.svg from bench/results/.
all           every story; what is run when nothing is named.

Each story writes bench/results/<story>.json. The last table is the budget (bench/budget.py), out of all that is in there. A program that is
missing is named, and left out.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import counted
import docs
import fleet
import hostile
import idle
import measure
import publish
import report
import timed
from programs import LOAD_CORE, ROOT, BenchError, Program, find, floors_for_bodies, haproxy, instances, known_programs, nginx, rota, version_of

VERSION_FLAGS = {"wrk": "-v", "valgrind": "--version", "h2load": "--version", "strace": "-V"}


@dataclass(frozen=True)
class Story:
    """What is done with which programs by means of which tools, and which of the options its numbers depend on."""

    run: Callable[[list[Program], list[str], Path, argparse.Namespace], dict]
    tools: tuple[str, ...] = ()
    programs: Callable[[Path], list[Program]] = known_programs
    depends_on: tuple[str, ...] = ()

    def command(self, name: str, options: argparse.Namespace) -> str:
        return " ".join([f"./do bench {name}", *(f"--{option} {getattr(options, option)}" for option in self.depends_on)])


def programs_for_large(build: Path) -> list[Program]:
    return [*floors_for_bodies(build), rota(build), haproxy(), haproxy("haproxy-splice", splice=True), nginx()]


def programs_for_short(build: Path) -> list[Program]:
    return [rota(build), haproxy(), nginx()]


TIMED = ("rounds", "seconds")
STORIES = {
    "plain": Story(timed.plain, ("wrk",), depends_on=TIMED),
    "instructions": Story(counted.instructions, ("valgrind", "h2load")),
    "large": Story(timed.large, ("wrk",), programs_for_large, depends_on=TIMED),
    "short": Story(timed.short, ("wrk",), programs_for_short, depends_on=TIMED),
    "idle": Story(idle.idle, (), idle.idle_programs),
    "hostile": Story(hostile.hostile, ("wrk",), hostile.hostile_programs, depends_on=TIMED),
    "syscalls": Story(counted.syscalls, ("strace", "h2load")),
    "routes": Story(counted.routes, ("valgrind", "h2load"), counted.routed_programs),
    "instances": Story(counted.instances, ("valgrind", "h2load"), counted.instances_programs),
    "fleet": Story(fleet.fleet, (), fleet.fleet_programs, depends_on=("rounds",)),
    "publish": Story(publish.publish, (), publish.publish_programs, depends_on=TIMED),
}


def run_story(name: str, options: argparse.Namespace) -> None:
    story = STORIES[name]
    absent = [tool for tool in story.tools if not find(tool)]
    if absent:
        print(f"missing: {', '.join(absent)}; the story {name} is left out")
        return
    programs, missing = found(story.programs(options.build), options)
    with tempfile.TemporaryDirectory(prefix="rota-bench-") as directory, instances(options.build) as behind:
        measured = story.run(programs, behind, Path(directory), options)
    result = {
        "story": name,
        "what": measured["what"],
        "command": story.command(name, options),
        "date": measure.now(),
        "commit": measure.commit(),
        "machine": options.machine,
        "versions": {program.name: version_of(program.binary, program.version) for program in programs}
        | {tool: version_of(tool, [VERSION_FLAGS[tool]]) for tool in story.tools},
        "missing": missing,
        **measured,
    }
    report.show(result)
    if not options.only:
        report.save(result)


def found(programs: list[Program], options: argparse.Namespace) -> tuple[list[Program], list[str]]:
    """Those that are asked for and installed, and the names of those that are not installed."""
    asked = [program for program in programs if not options.only or program.name in options.only.split(",")]
    missing = [program.name for program in asked if not find(program.binary)]
    for name in missing:
        print(f"missing: {name}; left out")
    return [program for program in asked if program.name not in missing], missing


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./do bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("story", nargs="?", default="all", choices=["all", *STORIES, "docs"])
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--seconds", type=int, default=4, metavar="S")
    parser.add_argument("--only", metavar="A,B", help="these programs alone, e.g. floor,rota; nothing is written then")
    where = "where rota, bench-floor, bench-publish, test-instance and load-client are"
    parser.add_argument("--build", type=Path, default=ROOT / "build/release", metavar="DIR", help=where)
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    if options.story == "docs":
        docs.write()
        return 0
    if (os.cpu_count() or 1) <= LOAD_CORE:
        raise BenchError("the bench needs two cores: one for the proxy, one for load and instances")
    options.machine = measure.machine()
    if options.machine["load_before"] > 0.5:
        print(f"note: something else runs here (load {options.machine['load_before']}); times will look worse than they are")
    os.sched_setaffinity(0, {LOAD_CORE})
    for name in STORIES if options.story == "all" else [options.story]:
        run_story(name, options)
    report.show_budget()
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
