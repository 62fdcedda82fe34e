"""The story of a fleet whose instances die, hang, crawl and come back, one round after the other: how long rota takes to see it, and what its clients notice.

The instances are processes of their own, each of which takes SERVICE_MS for an answer, so that some forty requests are in flight. What rota thinks is read
from its API, every few milliseconds.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import asked
from programs import INSTANCES, LOAD_CORE, BenchError, Place, Program, free_address, on_core, rota_run, running, stop
from steady import SteadyLoad, run_steady

RATE = 2_000
CONNECTIONS = 4_000
SERVICE_MS = 20
SLOW_MS = 100 * SERVICE_MS
SLOW_HEALTH_MS = 150  # more than `latency`, less than `timeout`: a probe of the slow one passes
QUIET_SECONDS = 3
POLL_SECONDS = 0.005
LONG_SECONDS = 90
FULL_SHARE = 0.99 / INSTANCES

CONFIG = """
listen: {listen}
defaults:
  health: {{ path: /health, interval: 1s, timeout: 500ms, latency: 100ms }}
  timeouts: {{ response: 3s }}
services:
  app: {{ instances: [{instances}] }}
"""


class Instance:
    """One process on the load's core, always at the same address."""

    def __init__(self, build: Path, name: str) -> None:
        self.address = free_address()
        self._command = on_core(LOAD_CORE, [str(build / "test-instance"), "--listen", self.address, "--name", name])

    def start(self) -> None:
        """Until it listens."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        if self._process.stdout.readline() != "ready\n":
            raise BenchError(f"test-instance did not start at {self.address}")
        self.set_delay(SERVICE_MS)

    def set_delay(self, answers: int, health: int = 0) -> None:
        fetch(self.address, f"/faults?delay={answers}&health_delay={health}")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGCONT)
        stop(self._process)
        self._process.stdout.close()


def fetch(address: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Stage:
    """rota, its instances, and what its API says of them."""

    def __init__(self, build: Path, place: Place, admin: str, instances: list[Instance]) -> None:
        self.build, self.place, self.instances = build, place, instances
        self._api = http.client.HTTPConnection(admin, timeout=10)

    def load(self) -> SteadyLoad:
        return SteadyLoad(self.build, self.place.port, RATE, CONNECTIONS)

    def run_load(self, seconds: float) -> dict:
        return run_steady(self.build, self.place.port, RATE, CONNECTIONS, seconds)

    def until(self, what: str, holds: Callable[[dict], bool], instances: list[Instance], since: float) -> float:
        """Milliseconds since `since` until that holds for each of these, as the API shows them."""
        addresses = {instance.address for instance in instances}
        while True:
            self._api.request("GET", "/api/v1/instances")
            listed = json.loads(self._api.getresponse().read())["instances"]
            took = time.monotonic() - since
            if all(holds(entry) for entry in listed if entry["address"] in addresses):
                return 1000 * took
            if took > LONG_SECONDS:
                raise BenchError(f"not {what} after {LONG_SECONDS} s: " + ", ".join(f"{entry['address']} {entry['state']}" for entry in listed))
            time.sleep(POLL_SECONDS)

    def until_state(self, state: str, instances: list[Instance], since: float) -> float:
        return self.until(state, lambda entry: entry["state"] == state, instances, since)

    def until_full(self, since: float) -> float:
        """All of them healthy, and none on less than its share."""
        return self.until("evenly shared", lambda entry: entry["state"] == "healthy" and entry["share"] > FULL_SHARE, self.instances, since)


@contextlib.contextmanager
def staged(program: Program, build: Path, place: Place, admin: str, instances: list[Instance]) -> Iterator[Stage]:
    with contextlib.ExitStack() as stack:
        for instance in instances:
            instance.start()
            stack.callback(instance.stop)
        stack.enter_context(running(program, place))
        stage = Stage(build, place, admin, instances)
        stage.until_full(time.monotonic())
        yield stage


def failed(report: dict) -> int:
    return report["due"] - report["answered"]


def kill_one(stage: Stage) -> dict:
    victim = stage.instances[0]
    with stage.load() as load:
        time.sleep(1)
        began = time.monotonic()
        victim.kill()
        out = stage.until_state("failing", [victim], began)
        time.sleep(1)
        victim.stop()
        began = time.monotonic()
        victim.start()
        back = stage.until_state("healthy", [victim], began)
        full = stage.until_full(began)
        report = load.stop()
    return {
        "killed_out_ms": out,
        "killed_failed": failed(report),
        "restarted_in_ms": back,
        "restarted_full_ms": full,
        "kept": report["kept"],
    }


def stop_one(stage: Stage) -> dict:
    victim = stage.instances[1]
    with stage.load() as load:
        time.sleep(1)
        began = time.monotonic()
        victim.signal(signal.SIGSTOP)
        out = stage.until_state("failing", [victim], began)
        time.sleep(1)
        report = load.stop()
    victim.signal(signal.SIGCONT)
    stage.until_full(time.monotonic())
    longest = report["latency_ms"]["max"]
    return {"stopped_out_ms": out, "stopped_failed": failed(report), "stopped_longest_ms": longest, "kept": report["kept"]}


def slow_one_down(stage: Stage) -> dict:
    """Each run as long as the other; that of the requests that are due once it is out begins when it is."""
    victim = stage.instances[2]
    quiet = stage.run_load(QUIET_SECONDS)
    with stage.load() as load:
        time.sleep(1)
        began = time.monotonic()
        victim.set_delay(SLOW_MS, SLOW_HEALTH_MS)
        out = stage.until_state("slow", [victim], began)
        before = load.stop()
    without = stage.run_load(QUIET_SECONDS)
    with stage.load() as load:
        began = time.monotonic()
        victim.set_delay(SERVICE_MS)
        back = stage.until("in service", lambda entry: entry["in_service"] and entry["state"] == "healthy", [victim], began)
        after = load.stop()
    stage.until_full(time.monotonic())
    reports = [quiet, before, without, after]
    return {
        "slow_out_ms": out,
        "slow_failed": sum(failed(report) for report in reports),
        "slow_p99": without["latency_ms"]["p99"] / quiet["latency_ms"]["p99"],
        "quiet_p99_ms": quiet["latency_ms"]["p99"],
        "mended_in_ms": back,
        "kept": min(report["kept"] for report in reports),
    }


def kill_all(stage: Stage) -> dict:
    with stage.load() as load:
        time.sleep(1)
        began = time.monotonic()
        for instance in stage.instances:
            instance.kill()
        stage.until_state("failing", stage.instances, began)
        nobody = median(time_of_a_503(stage.place.listen) for _ in range(50))
        for instance in stage.instances:
            instance.stop()
        began = time.monotonic()
        for instance in stage.instances:
            instance.start()
        back = stage.until_state("healthy", stage.instances, began)
        report = load.stop()
    stage.until_full(time.monotonic())
    return {"nobody_ms": nobody, "all_in_ms": back, "kept": report["kept"]}


def time_of_a_503(address: str) -> float:
    began = time.monotonic()
    status, _ = fetch(address, "/")
    took = 1000 * (time.monotonic() - began)
    if status != 503:
        raise BenchError(f"{status}, where nobody is there to answer")
    return took


EPISODES = [kill_one, stop_one, slow_one_down, kill_all]


def fleet(programs: list[Program], _: list[str], directory: Path, options: argparse.Namespace) -> dict:
    if not programs:
        raise BenchError("the story fleet is rota's: without it there is none")
    instances = [Instance(options.build, f"app-{number}") for number in range(1, INSTANCES + 1)]
    admin = free_address()
    program = replace(programs[0], environment=programs[0].environment | {"ROTA_ADMIN_LISTEN": admin})
    place = Place(free_address(), [instance.address for instance in instances], directory / "rota")
    rounds = []
    with staged(program, options.build, place, admin, instances) as stage:
        for number in range(1, options.rounds + 1):
            run = {"round": number, "program": "rota", "kept": 1.0}
            for episode in EPISODES:
                measured = episode(stage)
                run |= measured | {"kept": min(run["kept"], measured["kept"])}
                print(f"round {number}  {episode.__name__:14}" + ", ".join(f"{key} {value:.4g}" for key, value in measured.items()))
            rounds.append(run)
    kept = 100 * min(run["kept"] for run in rounds)
    what = f"{INSTANCES} instances that take {SERVICE_MS} ms for an answer, {RATE:,} GET/s, of which at least {kept:.1f} % were sent when due; "
    what += "health: { interval: 1s, timeout: 500ms, latency: 100ms }, timeouts: { response: 3s }; "
    what += f"seen by rota's API, asked every {1000 * POLL_SECONDS:.0f} ms; {options.rounds} rounds"
    return {"what": what, "rounds": rounds, "summary": asked.summarize(rounds, asked.FLEET)}


def fleet_programs(build: Path) -> list[Program]:
    return [rota_run(build, "rota", lambda place: CONFIG.format(listen=place.listen, instances=", ".join(place.instances)))]
