"""The budget of a request, in one place: what docs/benchmarks.md asks for, and what tests/budget lets rota take.

What is asked for holds for the bench's own traffic. What a test holds to is measured by the test's client, in lock-step, and stands a little above that: as far
as counting differs from one run to the next. Whoever makes rota cheaper lowers it with the same commit, and nobody raises it without saying why.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What is counted, in which unit; the most that is asked for; and the most that its test lets pass."""

    what: str
    asked: float
    held: float


INSTRUCTIONS = Figure("user-space instructions a request", asked=4_000, held=5_800)
SYSTEM_CALLS = Figure("system calls a request", asked=4.1, held=4.0)  # held: without those that wait
ALLOCATIONS = Figure("heap allocations a request", asked=0, held=0)
CPU = Figure("CPU time a request, to the floor", asked=1.05, held=10.5)  # a time: no test holds it closely, the bench shows it
IDLE_BYTES = Figure("memory of an idle connection, bytes", asked=256, held=256)
INSTANCES = Figure("instructions with 10,000 instances, to 3", asked=1.05, held=1.05)
ROUTES = Figure("instructions with 10,000 routes, to none", asked=1.05, held=1.05)
