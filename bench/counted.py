"""The stories that count: each the difference of two runs under a tool that differ only in their number of requests."""

from __future__ import annotations

import argparse
from pathlib import Path

import measure
from programs import END_WITH_PARENT, Place, Program, free_address, routed_rota, running

CONNECTIONS = 64
CALLGRIND_CONNECTIONS = 8
CALLGRIND_REQUESTS = (2_000, 12_000)
STRACE_REQUESTS = (6_400, 38_400)
ROUTES, SERVICES = 10_000, 10


def instructions(programs: list[Program], behind: list[str], directory: Path, _: argparse.Namespace) -> dict:
    def count(program: Program, requests: int) -> int:
        file = directory / f"{program.name.replace(' ', '-')}.{requests}.callgrind"
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


def routes(programs: list[Program], behind: list[str], directory: Path, options: argparse.Namespace) -> dict:
    counted = instructions(programs, behind, directory, options)
    what = f"{counted['what']}; rota with one service and no routes, and with {ROUTES:,} routes over {SERVICES} services, of which the last is taken"
    return counted | {"what": what}


def routed_programs(build: Path) -> list[Program]:
    return [routed_rota(build, "rota", unrouted_config), routed_rota(build, f"rota, {ROUTES:,} routes", routed_config)]


def unrouted_config(place: Place) -> str:
    return f"listen: {place.listen}\nservices:\n" + service("app", place)


def routed_config(place: Place) -> str:
    """The load's Host is that of the last route; the others ask for hosts and paths of their own."""
    services = "".join(service(f"app-{number}", place) for number in range(SERVICES))
    others = "".join(route(f"host-{number}.example.com", f"/part-{number}/", number) for number in range(1, ROUTES))
    return f"listen: {place.listen}\nservices:\n{services}routes:\n{others}" + route("127.0.0.1", "/", ROUTES)


def service(name: str, place: Place) -> str:
    return f"  {name}: {{ instances: [{', '.join(place.instances)}] }}\n"


def route(host: str, path: str, number: int) -> str:
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
