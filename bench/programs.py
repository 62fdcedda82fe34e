"""The programs that the bench compares: how each is started, found ready, and stopped again.

Every process is started in a session of its own and stopped by its own id, in the reverse order, whatever ends the bench.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROXY_CORE, LOAD_CORE = 0, 1
INSTANCES = 3
END_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL"]
BODY_BYTES = 57


class BenchError(Exception):
    """A reason to stop that the reader should see as one line."""


@dataclass(frozen=True)
class Place:
    """Where a proxy stands: the address it listens on, the instances behind it, a directory of its own."""

    listen: str
    instances: list[str]
    directory: Path

    @property
    def port(self) -> int:
        return int(self.listen.rsplit(":", 1)[1])


@dataclass(frozen=True)
class Program:
    """One program under measurement. `config`, where it has one, makes the text of the file that `{config}` in `arguments` names."""

    name: str
    binary: str
    arguments: list[str]
    version: list[str] = field(default_factory=list)
    config: Callable[[Place], str] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, place: Place) -> list[str]:
        config = place.directory / "config"
        if self.config:
            config.write_text(self.config(place))
        words = {"from": place.listen, "config": str(config), "dir": str(place.directory)}
        command = [self.binary, *(argument.format(**words) for argument in self.arguments)]
        if not self.config:
            command += [word for instance in place.instances for word in ("--to", instance)]
        return command


def from_template(name: str, **settings: object) -> Callable[[Place], str]:
    """A peer's configuration out of bench/peers/: @FROM@, @DIR@ and @TO1@ to @TO3@ come from the place, what else it asks for from `settings`."""

    def fill(place: Place) -> str:
        values = {"FROM": place.listen, "DIR": str(place.directory), **settings}
        values |= {f"TO{i}": instance for i, instance in enumerate(place.instances, 1)}
        text = (ROOT / "bench/peers" / name).read_text()
        return re.sub(r"@([A-Z]+\d?)@", lambda match: str(values[match[1]]), text)

    return fill


def floor(build: Path, name: str = "floor", *flags: str) -> Program:
    return Program(name, str(build / "bench-floor"), ["--from", "{from}", *flags])


def floors_for_bodies(build: Path) -> list[Program]:
    """One copies them, the other splices them, once their heads have come. 60 KiB, because a send of 64 KiB is a segment and a scrap."""
    buffer = ("--buffer", str(60 * 1024))
    return [floor(build, "floor", *buffer), floor(build, "floor-splice", *buffer, "--splice", str(256 * 1024))]


ROTA_ENVIRONMENT = {"ROTA_WORKERS": "1", "ROTA_ACCESS_LOG_FORMAT": "off"}


def rota(build: Path) -> Program:
    return Program("rota", str(build / "rota"), ["proxy", "--from", "{from}"], version=["version"], environment=ROTA_ENVIRONMENT)


def rota_run(build: Path, name: str, config: Callable[[Place], str]) -> Program:
    return Program(name, str(build / "rota"), ["run", "-c", "{config}"], version=["version"], environment=ROTA_ENVIRONMENT, config=config)


def haproxy(name: str = "haproxy", connections: int = 4096, splice: bool = False) -> Program:
    """`splice`: in both directions, and not by splice-auto, which finds nothing to splice here."""
    spliced = "" if splice else "no "
    config = from_template("haproxy.cfg.in", CONNECTIONS=connections, SPLICE=spliced + "option splice")
    return Program(name, "haproxy", ["-db", "-f", "{config}"], version=["-v"], config=config)


def nginx(connections: int = 4096) -> Program:
    arguments = ["-p", "{dir}", "-e", "{dir}/error.log", "-c", "{config}"]
    return Program("nginx", "nginx", arguments, version=["-v"], config=from_template("nginx.conf.in", CONNECTIONS=connections))


def known_programs(build: Path) -> list[Program]:
    """In the order in which they take turns; the floor first, since everything is a ratio to it."""
    return [floor(build), rota(build), haproxy(), nginx()]


def find(binary: str) -> str | None:
    """The path of a program; Debian keeps daemons where an ordinary user's PATH does not look."""
    return shutil.which(binary, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def version_of(binary: str, arguments: list[str]) -> str:
    """Its version as a number, or 'ours' where it has none to tell."""
    if not arguments:
        return "ours"
    result = subprocess.run([find(binary) or binary, *arguments], capture_output=True, text=True, timeout=10)
    match = re.search(r"\d+\.\d+(\.\d+)*", result.stdout + result.stderr)
    return match[0] if match else "unknown"


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def stop(process: subprocess.Popen, patience: float = 10) -> None:
    """TERM, and after `patience` seconds KILL; to this process alone."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def on_core(core: int, command: list[str]) -> list[str]:
    """Pinned, and ended by the kernel should the bench itself be killed before it can stop anything."""
    return [*END_WITH_PARENT, "taskset", "--cpu-list", str(core), *command]


@contextlib.contextmanager
def instances(build: Path, address: str = "127.0.0.1:0", count: int = INSTANCES) -> Iterator[list[str]]:
    """So many instances in one process on the load's core. Gives their addresses."""
    binary = build / "test-instance"
    if not binary.exists():
        raise BenchError(f"missing: {binary} (./do build makes it)")
    listen = ["--listen", address] * count
    process = subprocess.Popen(
        on_core(LOAD_CORE, [str(binary), *listen, "--name", "app"]), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        lines = [process.stdout.readline().strip() for _ in range(count + 1)]
        if lines[-1] != "ready":
            raise BenchError(f"test-instance did not start: {lines}")
        yield lines[:-1]
    finally:
        stop(process)
        process.stdout.close()


@contextlib.contextmanager
def running(program: Program, place: Place, under: list[str] | None = None) -> Iterator[subprocess.Popen]:
    """The program on the proxy's core, ready and answering. `under` is a tool that runs it, such as valgrind."""
    place.directory.mkdir(parents=True, exist_ok=True)
    command = program.command(place)
    command[0] = find(command[0]) or command[0]
    with open(place.directory / "output", "w+") as output:
        process = subprocess.Popen(
            on_core(PROXY_CORE, [*(under or []), *command]),
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env=os.environ | program.environment,
            start_new_session=True,
        )
        try:
            _wait_until_ready(program, process, place)
            yield process
        finally:
            if under:
                _stop_traced(process)
            stop(process)


def _stop_traced(process: subprocess.Popen) -> None:
    """A tracer ends, and writes what it counted, when what it traces ends: so the signal goes to its child."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGTERM)
        if children:
            process.wait(10)


def _wait_until_ready(program: Program, process: subprocess.Popen, place: Place) -> None:
    give_up = time.monotonic() + 30
    while True:
        if process.poll() is not None:
            lines = (place.directory / "output").read_text().splitlines()
            said = [line for line in lines if line.strip() and not line.startswith("==")]  # not what valgrind adds
            raise BenchError(f"{program.name} did not start: {' / '.join(said[-4:]) or f'exit {process.returncode}'}")
        try:
            status, size = _get(place)
            if (status, size) == (200, BODY_BYTES):
                return
            problem = f"answered {status} with {size} bytes"
        except (OSError, http.client.HTTPException) as error:
            problem = str(error)
        if time.monotonic() > give_up:
            raise BenchError(f"{program.name} is not ready after 30 s: {problem}")
        time.sleep(0.05)


def _get(place: Place) -> tuple[int, int]:
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=10)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        return response.status, len(response.read())
    finally:
        connection.close()
