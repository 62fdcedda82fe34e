"""The budget of a request, in one place: what is asked for, what tests/budget lets rota take, and where in bench/results the measured figure stands.

What is asked for holds for the bench's own traffic. What a test holds to is measured by the test's client, in lock-step, and stands a little above
that: as far as counting differs from one run to the next. Whoever makes rota cheaper lowers it with the same commit, and nobody raises it without
saying why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Summary = dict[str, dict]  # of a story, by program
PROGRAMS = ["floor", "rota", "haproxy", "nginx"]


@dataclass(frozen=True)
class Figure:
    """`asked`, `held`: the most. `of`: a program's figure out of the summary of a story."""

    what: str
    asked: float
    held: float | None  # None: a time, which no test holds
    story: str
    of: Callable[[Summary, str], float | None]
    digits: int

    def measured(self, summaries: dict[str, Summary], program: str) -> float | None:
        """None: that was not measured, or cannot be."""
        summary = summaries.get(self.story, {})
        return self.of(summary, program) if program in summary else None

    def text(self, number: float | None) -> str:
        return "-" if number is None else f"{round(number, self.digits) + 0.0:,.{self.digits}f}"  # and not -0


def value(key: str) -> Callable[[Summary, str], float | None]:
    return lambda summary, program: summary[program].get(key)


def cpu_to_floor(summary: Summary, program: str) -> float | None:
    ratio = summary[program].get("to_floor", {}).get("cpu_us")
    return ratio and ratio["median"]


def large_to_small(large: str) -> Callable[[Summary, str], float | None]:
    def ratio(summary: Summary, program: str) -> float | None:
        many = summary.get(f"{program}, {large}")
        return many and many["per_request"] / summary[program]["per_request"]

    return ratio


INSTRUCTIONS = Figure("user-space instructions a request", 4_000, 3_870, "instructions", value("per_request"), 0)
SYSTEM_CALLS = Figure("system calls a request", 4.1, 4.0, "syscalls", value("per_request"), 2)  # held without those that wait
ALLOCATIONS = Figure("heap allocations a request", 0, 0, "instructions", value("allocations"), 2)
CPU = Figure("CPU time a request, to the floor's", 1.05, None, "plain", cpu_to_floor, 2)
IDLE_BYTES = Figure("memory of an idle connection, bytes", 256, 256, "idle", value("bytes"), 0)
INSTANCES = Figure("instructions with 10,000 instances, to 3", 1.05, 1.05, "instances", large_to_small("10,000 instances"), 3)
ROUTES = Figure("instructions with 10,000 routes, to none", 1.05, 1.05, "routes", large_to_small("10,000 routes"), 3)
BUDGET = [INSTRUCTIONS, SYSTEM_CALLS, ALLOCATIONS, CPU, IDLE_BYTES, INSTANCES, ROUTES]


def rows(summaries: dict[str, Summary]) -> list[list[str]]:
    """All of it, the programs beside each other."""
    table = [["budget", "at most", *PROGRAMS]]
    for figure in BUDGET:
        table.append([figure.what, f"{figure.asked:,}", *(figure.text(figure.measured(summaries, program)) for program in PROGRAMS)])
    return table


def missed(summaries: dict[str, Summary]) -> list[str]:
    """Where rota takes more than is asked for, in the digits that are shown."""
    lines = []
    for figure in BUDGET:
        own = figure.measured(summaries, "rota")
        if own is not None and round(own, figure.digits) > figure.asked:
            lines.append(f"{figure.what}: {figure.text(own)}, where at most {figure.asked:,} is asked for")
    return lines
