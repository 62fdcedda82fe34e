"""What the bench reads off a running program: CPU time, memory, requests, instructions, system calls."""

from __future__ import annotations

import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from programs import LOAD_CORE, ROOT, BenchError, on_core

MICROSECONDS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000}
WAITING = {"epoll_wait", "epoll_pwait", "epoll_pwait2"}


@dataclass(frozen=True)
class Load:
    """What wrk saw in one run."""

    requests: int
    seconds: float
    p50_us: float
    p99_us: float


def cpu_nanoseconds(pid: int) -> int:
    """Time on a CPU, user and system, of all the threads that live: the scheduler's own count, not the clock tick's."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def peak_memory_kib(pid: int) -> int:
    match = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(match[1])


def anonymous_bytes(pid: int) -> int:
    """Resident memory of its own: heap, stacks, pools, and what it has written to of its program; no files, no shared pages."""
    match = re.search(r"^Anonymous:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(match[1]) * 1024


def run_wrk(port: int, seconds: int, connections: int, path: str = "/", flags: Sequence[str] = ()) -> Load:
    """A closed loop of requests for some seconds: GETs, keep-alive, where `flags` say nothing else. An error is not a number: it ends the bench."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", *flags, f"http://127.0.0.1:{port}{path}"]
    text = _output(command, seconds + 30)
    done = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m),", text)
    failed = re.search(r"Socket errors:.*|Non-2xx or 3xx responses: \d+", text)
    if not done or failed:
        raise BenchError(f"wrk: {failed[0] if failed else text.strip()}")
    quantile = {q: float(value) * MICROSECONDS[unit] for q, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s|m)\b", text)}
    return Load(int(done[1]), float(done[2]) * MICROSECONDS[done[3]] / 1e6, quantile["50"], quantile["99"])


def run_h2load(port: int, requests: int, connections: int) -> None:
    """Exactly so many keep-alive HTTP/1.1 GETs, or an error."""
    command = ["h2load", "--h1", f"-n{requests}", f"-c{connections}", "-t1", f"http://127.0.0.1:{port}/"]
    text = _output(command, 300)
    done = re.search(r"(\d+) succeeded, (\d+) failed", text)
    if not done or int(done[1]) != requests:
        raise BenchError(f"h2load: {done[0] if done else text.strip()}, wanted {requests}")


def _output(command: list[str], timeout: float) -> str:
    """What a load generator printed. run() kills it, by its id, when the time or the bench is over."""
    try:
        result = subprocess.run(on_core(LOAD_CORE, command), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise BenchError(f"{command[0]} did not end after {timeout:.0f} s") from None
    return result.stdout + result.stderr


def callgrind(path: Path) -> list[str]:
    """What a program is run under so that each of its threads is counted in a file of its own, for the functions below."""
    return ["valgrind", "--tool=callgrind", "--separate-threads=yes", f"--callgrind-out-file={path}"]


def _files(path: Path, but_first: bool) -> list[Path]:
    files = sorted(path.parent.glob(f"{path.name}-*"))
    return files[1:] if but_first else files


def callgrind_total(path: Path, but_first: bool) -> int:
    """The instructions of its threads. `but_first`: not of the one that started the others, where that looks after them by the clock (rota's) and serves no request."""
    return sum(map(_total, _files(path, but_first)))


def _total(path: Path) -> int:
    match = re.search(r"^(?:totals|summary): (\d+)", path.read_text(errors="replace"), re.MULTILINE)
    if not match:
        raise BenchError(f"no total in {path.name}")
    return int(match[1])


ALLOCATORS = {"malloc", "calloc", "realloc", "memalign", "posix_memalign", "aligned_alloc"}


def callgrind_allocations(path: Path, but_first: bool) -> int:
    """The calls of the C library's allocators in a callgrind file, whoever makes them (`operator new` does)."""
    return callgrind_calls(path, ALLOCATORS, but_first)


def callgrind_calls(path: Path, wanted: set[str], but_first: bool) -> int:
    """The calls of these functions, but for those that they make of each other."""
    return sum(_calls(file, wanted) for file in _files(path, but_first))


def _calls(path: Path, wanted: set[str]) -> int:
    """The file names a function once, as `fn=(12) malloc` where it calls and `cfn=(12) malloc` where it is called, and then only by its number. A function
    that calls itself has a `'2` behind its name.
    """
    names: dict[str, str] = {}
    caller = callee = ""
    calls = 0
    with open(path, errors="replace") as lines:
        for line in lines:
            if match := re.match(r"(c?)fn=\((\d+)\)(?: (.+))?", line):
                if match[3]:
                    names[match[2]] = match[3].partition("'")[0]
                if match[1]:
                    callee = names[match[2]]
                else:
                    caller = names[match[2]]
            elif line.startswith("calls=") and callee in wanted and caller not in wanted:
                calls += int(line[len("calls=") :].split()[0])
    return calls


def strace_counts(path: Path) -> dict[str, int]:
    """Calls by name, from the table of `strace -c`."""
    rows = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+(\w+)$", path.read_text(), re.MULTILINE)
    counts = {name: int(calls) for calls, name in rows if name != "total"}
    if not counts:
        raise BenchError("strace counted nothing")
    return counts


def machine() -> dict:
    information = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.+)$", information, re.MULTILINE)
    return {
        "cpu": model[1] if model else platform.machine(),
        "cores": information.count("processor\t:"),
        "kernel": platform.release().split("-")[0],
        "load_before": float(Path("/proc/loadavg").read_text().split()[0]),
    }


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def commit() -> str:
    """Which rota this was, with a '+' where files differ from that commit."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--", "src", "CMakeLists.txt", "cmake")
    head = git("rev-parse", "--verify", "--quiet", "--short", "HEAD") or "unknown"
    return head + ("+" if changed else "")
