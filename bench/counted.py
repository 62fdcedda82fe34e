"""The stories that count: each the difference of two runs under a tool that differ only in their number of requests."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import measure
from programs import END_WITH_PARENT, Place, Program, free_address, rota_run, running
from programs import instances as measured_instances

CONNECTIONS = 64
CALLGRIND_CONNECTIONS = 8
CALLGRIND_REQUESTS = (2_000, 12_000)
STRACE_REQUESTS = (6_400, 38_400)
INSTANCES_REQUESTS = (12_000, 22_000)  # of which the first 10,000 open a connection each
MANY, SERVICES = 10_000, 10


def instructions(
    programs: list[Program], behind: list[str], directory: Path, _: argparse.Namespace, counts: tuple[int, int] = CALLGRIND_REQUESTS
) -> dict:
    def count(program: Program, requests: int) -> dict[str, int]:
        file = directory / f"{program.name.replace(' ', '-')}.{requests}.callgrind"
        tool = measure.callgrind(file)
        place = Place(free_address(), behind, directory / f"{program.name}-{requests}")
        with running(program, place, under=tool):
            measure.run_h2load(place.port, requests, CALLGRIND_CONNECTIONS)
        own = program.name.startswith("rota")
        return {"instructions": measure.callgrind_total(file, own), "allocations": measure.callgrind_allocations(file, own)}

    few, many = counts
    rounds, summary = [], {}
    for program in programs:
        counted = {requests: count(program, requests) for requests in counts}
        totals, allocations = ({requests: what[key] for requests, what in counted.items()} for key in ("instructions", "allocations"))
        rounds.append({"program": program.name, "totals": totals, "allocations": allocations})
        summary[program.name] = {
            "per_request": (totals[many] - totals[few]) / (many - few),
            "allocations": (allocations[many] - allocations[few]) / (many - few),
        }
    what = (
        f"user-space instructions and heap allocations a request, {many:,} requests less {few:,}, {CALLGRIND_CONNECTIONS} connections; of rota, without the"
        " thread that looks after the others by the clock"
    )
    return {"what": what, "rounds": rounds, "summary": summary}


def routes(programs: list[Program], behind: list[str], directory: Path, options: argparse.Namespace) -> dict:
    counted = instructions(programs, behind, directory, options)
    what = f"{counted['what']}; rota with one service and no routes, and with {MANY:,} routes over {SERVICES} services, of which the last is taken"
    return counted | {"what": what}


def instances(programs: list[Program], behind: list[str], directory: Path, options: argparse.Namespace) -> dict:
    """Every address is one more of the same process's: it listens on all of 127.*.*.*."""
    with measured_instances(options.build, "0.0.0.0:0", 1) as everywhere:
        counted = instructions(programs, everywhere, directory, options, INSTANCES_REQUESTS)
    what = f"{counted['what']}; rota with 3 instances and with {MANY:,}, to each of which a connection is kept"
    return counted | {"what": what}


def routed_programs(build: Path) -> list[Program]:
    return [configured_rota(build, "rota", unrouted_config), configured_rota(build, f"rota, {MANY:,} routes", routed_config)]


def instances_programs(build: Path) -> list[Program]:
    def with_instances(count: int) -> Callable[[list[str]], str]:
        return lambda everywhere: many_instances_config(int(everywhere[0].rpartition(":")[2]), count)

    return [configured_rota(build, "rota", with_instances(3)), configured_rota(build, f"rota, {MANY:,} instances", with_instances(MANY))]


def configured_rota(build: Path, name: str, config: Callable[[list[str]], str]) -> Program:
    return rota_run(build, name, lambda place: f"listen: {place.listen}\n{config(place.instances)}")


# ---- rota.yaml, but for where it listens


def unrouted_config(instances: list[str]) -> str:
    return "services:\n" + _service("app", instances)


def routed_config(instances: list[str]) -> str:
    """The load's Host is that of the last route; the others ask for hosts and paths of their own."""
    services = "".join(_service(f"app-{number}", instances) for number in range(SERVICES))
    others = "".join(_route(f"host-{number}.example.com", f"/part-{number}/", number) for number in range(1, MANY))
    return f"services:\n{services}routes:\n{others}" + _route("127.0.0.1", "/", MANY)


def many_instances_config(port: int, count: int) -> str:
    """Kept connections outlive the longest run."""
    instances = [f"127.1.{number // 250}.{number % 250 + 1}:{port}" for number in range(count)]
    return "defaults: { timeouts: { keep: 10m } }\n" + unrouted_config(instances)


def _service(name: str, instances: list[str]) -> str:
    return f"  {name}: {{ instances: [{', '.join(instances)}] }}\n"


def _route(host: str, path: str, number: int) -> str:
    return f'  - {{ host: "{host}", path: {path}, service: app-{number % SERVICES} }}\n'


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
