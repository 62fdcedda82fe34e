"""The story of a fleet that changes a thousand times a second: what that costs a worker, and when a change is in force on it.

bench/publish.cpp runs the worker, alone on the proxy's core; whoever decides and publishes shares the other one with load and instances. The load is steady, so
that both sides of a ratio serve the same. A third kind of run does all of the deciding and none of the telling: what that does to a worker, by taking time
and caches from load and instances, is not the price of being told.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from pathlib import Path

import asked
from programs import LOAD_CORE, PROXY_CORE, BenchError, Program, free_address, on_core, stop
from steady import SteadyLoad

RATE = 10_000
CONNECTIONS = 64
CHANGES = 1_000
SLICES = 10


def publish_programs(build: Path) -> list[Program]:
    return [Program("rota", str(build / "bench-publish"), ["--from", "{from}"])]


def publish(programs: list[Program], behind: list[str], directory: Path, options: argparse.Namespace) -> dict:
    """A round is a number of short runs of each kind, mixed, because the machine's own pace differs more from second to second than what is looked for."""
    if not programs:
        raise BenchError("the story publish is rota's: without it there is none")
    turn = [("changes", 0), ("changes", CHANGES), ("withheld", CHANGES)]
    order = (turn + turn[::-1]) * (SLICES // 2)
    runs = measured_runs(programs[0].binary, behind, order * options.rounds, options)
    rounds = []
    for number in range(options.rounds):
        slices = runs[number * len(order) : (number + 1) * len(order)]
        quiet, changing, withheld = (
            together([run for run, kind in zip(slices, order, strict=True) if kind == wanted]) for wanted in turn
        )
        rounds.append({"round": number + 1, "program": "rota", **compared(quiet, changing, withheld)})
        print("round {round}  CPU {cpu_to_quiet:.3f} of the quiet, {cpu_to_withheld:.3f} of the withheld, in force within {in_force_max_ms:.1f} ms".format(**rounds[-1]))
    slowest = min(run["changes_per_second"] for run in rounds)
    if slowest < 0.95 * CHANGES:
        raise BenchError(f"only {slowest:.0f} changes a second could be made")
    what = f"one worker, 3 instances, {RATE:,} GET/s on {CONNECTIONS} connections; nothing changes; an instance's weight does {CHANGES:,} times a "
    what += f"second; and so it does, but the worker is not told: {SLICES} short runs of each in turn a round; {options.rounds} rounds of {options.seconds} s each, the ratio within each round"
    return {"what": what, "rounds": rounds, "summary": asked.summarize(rounds, asked.PUBLISH)}


def measured_runs(binary: str, behind: list[str], order: list[tuple[str, int]], options: argparse.Namespace) -> list[dict]:
    """One run for each of `order` of one process under one load."""
    address = free_address()
    words = ["--from", address, "--core", str(PROXY_CORE), "--for", f"{1000 * options.seconds // SLICES}ms"]
    words += [word for instance in behind for word in ("--to", instance)]
    words += [word for flag, rate in order for word in (f"--{flag}", str(rate))]
    process = subprocess.Popen(
        on_core(LOAD_CORE, [binary, *words]), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        if process.stdout.readline() != "ready\n":
            raise BenchError("bench-publish did not start")
        with SteadyLoad(options.build, int(address.rpartition(":")[2]), RATE, CONNECTIONS) as load:
            time.sleep(1)  # until connections, pages and caches are warm
            process.stdin.write("go\n")
            process.stdin.flush()
            runs = []
            for _ in order:
                line = process.stdout.readline()
                if not line:
                    raise BenchError("bench-publish ended early")
                runs.append(json.loads(line))
            report = load.stop()
        if report["answered"] != report["due"]:
            raise BenchError(f"requests failed: {report['kinds']}")
        return runs
    finally:
        stop(process)
        process.stdin.close()
        process.stdout.close()


def together(runs: list[dict]) -> dict:
    summed = {key: sum(run[key] for run in runs) for key in ("changes", "seconds", "cpu_ns", "requests")}
    return summed | {"in_force_us": sorted(time for run in runs for time in run["in_force_us"])}


def compared(quiet: dict, changing: dict, withheld: dict) -> dict:
    cpu_us, quiet_cpu_us, withheld_cpu_us = (run["cpu_ns"] / 1000 / run["requests"] for run in (changing, quiet, withheld))
    in_force = changing["in_force_us"]
    return {
        "cpu_to_quiet": cpu_us / quiet_cpu_us,
        "cpu_to_withheld": cpu_us / withheld_cpu_us,
        "quiet_cpu_us": quiet_cpu_us,
        "cpu_us": cpu_us,
        "snapshot_cpu_us": (cpu_us - withheld_cpu_us) * changing["requests"] / len(in_force),
        "requests_per_second": changing["requests"] / changing["seconds"],
        "changes_per_second": changing["changes"] / changing["seconds"],
        "published_per_second": len(in_force) / changing["seconds"],
        "in_force_p50_ms": in_force[len(in_force) // 2] / 1000,
        "in_force_p99_ms": in_force[len(in_force) * 99 // 100] / 1000,
        "in_force_max_ms": in_force[-1] / 1000,
    }
