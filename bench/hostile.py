"""The story of healthy clients beside hostile ones: their latency with nobody else there, and with the mass of mass.py."""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import idle
import report
import timed
from programs import LOAD_CORE, ROOT, BenchError, Program, floor, haproxy, on_core, rota, stop

CONNECTIONS = 16
HEALTHY = timed.Traffic(CONNECTIONS)
MEASURED = ["requests_per_second", "p50_us", "p99_us", "cpu_us"]


def hostile_programs(build: Path) -> list[Program]:
    return [floor(build), rota(build), haproxy(connections=idle.MOST_CONNECTIONS)]


def hostile(programs: list[Program], behind: list[str], directory: Path, options: argparse.Namespace) -> dict:
    """In each round each program is measured without the mass and then with it, so that both sides of a ratio are seconds apart."""
    idle.allow_open_files()
    rounds, masses = [], []
    with timed.started(programs, behind, directory, lambda _: [HEALTHY]) as runner:
        for number in range(1, options.rounds + 1):
            for program in programs:
                quiet = runner.run(program.name, HEALTHY, options.seconds)
                with mass(runner.ports[program.name]) as said:
                    beside = runner.run(program.name, HEALTHY, options.seconds)
                masses.append(said)
                run = {key: quiet[key] for key in MEASURED} | {f"hostile_{key}": beside[key] for key in MEASURED}
                rounds.append({"round": number, "program": program.name, **run, "mass": said})
                print(f"round {number}  {program.name:8} p99 {run['p99_us'] / 1000:.2f} ms, beside the mass {run['hostile_p99_us'] / 1000:.2f} ms")
    had = ", ".join(f"{count:,} {name}" for name, count in masses[0]["had"].items())
    floods = round(min(said["floods_a_second"] for said in masses), -1)
    what = f"GET, keep-alive, {CONNECTIONS} connections, 57-byte JSON: alone, and beside {had}, and at least {floods:.0f} connections "
    what += f"a second that are reset at once; {options.rounds} rounds of {options.seconds} s each, medians"
    return {"what": what, "rounds": rounds, "summary": summarize(rounds)}


@contextlib.contextmanager
def mass(port: int) -> Iterator[dict]:
    """All of it there from the beginning to the end. Gives a dict that is filled at the end: what it had, how fast it was, the CPU that it took."""
    command = on_core(LOAD_CORE, [sys.executable, str(ROOT / "bench/mass.py"), str(port)])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    said: dict = {}
    try:
        if process.stdout.readline() != "ready\n":
            raise BenchError("the hostile mass could not connect")
        time.sleep(1)  # until the proxy has dealt with its coming
        yield said
        process.stdin.close()
        text = process.stdout.readline()
        if not text:
            raise BenchError("the hostile mass ended early")
        said.update(json.loads(text))
    finally:
        stop(process)
        process.stdout.close()


def summarize(rounds: list[dict]) -> dict:
    summary = report.medians(rounds, MEASURED + [f"hostile_{key}" for key in MEASURED])
    for name, runs in report.by_program(rounds).items():
        ratios = [run["hostile_p99_us"] / run["p99_us"] for run in runs]
        summary[name]["p99_to_quiet"] = {"median": median(ratios), "min": min(ratios), "max": max(ratios)}
    return summary
