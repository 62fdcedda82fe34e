"""The story of a fleet that changes a thousand times a second: what that costs a worker, and when a change is in force on it.

bench/publish.cpp runs the worker, alone on the proxy's core; whoever decides and publishes shares the other one with load and instances. The load is steady, so
that both sides of a ratio serve the same; within a round they take turns in going first.
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


def publish_programs(build: Path) -> list[Program]:
    return [Program("rota", str(build / "bench-publish"), ["--from", "{from}"])]


def publish(programs: list[Program], behind: list[str], directory: Path, options: argparse.Namespace) -> dict:
    if not programs:
        raise BenchError("the story publish is rota's: without it there is none")
    pairs = [(0, CHANGES) if number % 2 == 0 else (CHANGES, 0) for number in range(options.rounds)]
    runs = measured_runs(programs[0].binary, behind, [changes for pair in pairs for changes in pair], options)
    rounds = []
    for number in range(options.rounds):
        pair = {run["changes_a_second"]: run for run in runs[2 * number : 2 * number + 2]}
        rounds.append({"round": number + 1, "program": "rota", **compared(pair[0], pair[CHANGES]), "runs": list(pair.values())})
    slowest = min(run["changes_per_second"] for run in rounds)
    if slowest < 0.95 * CHANGES:
        raise BenchError(f"only {slowest:.0f} changes a second could be made")
    what = f"one worker, 3 instances, {RATE:,} GET/s on {CONNECTIONS} connections; nothing changes, and an instance's weight does {CHANGES:,} times "
    what += f"a second; {options.rounds} rounds of {options.seconds} s each, the ratio within each round"
    return {"what": what, "rounds": rounds, "summary": asked.summarize(rounds, asked.PUBLISH)}


def measured_runs(binary: str, behind: list[str], changes: list[int], options: argparse.Namespace) -> list[dict]:
    """One run for each of `changes`, in this order, of one process under one load."""
    address = free_address()
    words = ["--from", address, "--core", str(PROXY_CORE), "--seconds", str(options.seconds)]
    words += [word for instance in behind for word in ("--to", instance)]
    words += [word for rate in changes for word in ("--changes", str(rate))]
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
            for rate in changes:
                line = process.stdout.readline()
                if not line:
                    raise BenchError("bench-publish ended early")
                runs.append(json.loads(line))
                print(f"{rate:5} changes/s  {cpu_us(runs[-1]):6.2f} us CPU/request  in force within {runs[-1]['in_force_max_us'] / 1000:.1f} ms")
            report = load.stop()
        if report["answered"] != report["due"]:
            raise BenchError(f"requests failed: {report['kinds']}")
        return runs
    finally:
        stop(process)
        process.stdin.close()
        process.stdout.close()


def cpu_us(run: dict) -> float:
    return run["cpu_ns"] / 1000 / run["requests"]


def compared(quiet: dict, changing: dict) -> dict:
    return {
        "cpu_to_quiet": cpu_us(changing) / cpu_us(quiet),
        "quiet_cpu_us": cpu_us(quiet),
        "cpu_us": cpu_us(changing),
        "requests_per_second": changing["requests"] / changing["seconds"],
        "changes_per_second": changing["changes"] / changing["seconds"],
        "published_per_second": changing["published"] / changing["seconds"],
        **{f"in_force_{which}_ms": changing[f"in_force_{which}_us"] / 1000 for which in ("p50", "p99", "max")},
    }
