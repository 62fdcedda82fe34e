"""What is asked of times that are no request's: how long the fleet's changes take to be seen and obeyed, and what they cost. Beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """`key`: in the summary, where its median, least and most over the rounds stand. `most`: what is asked for; None: it is only shown."""

    key: str
    what: str
    unit: str
    most: float | None = None
    digits: int = 0
    judged: str = "median"  # or "max", where no round may be above it

    def text(self, number: float) -> str:
        return f"{number:,.{self.digits}f}{self.unit}"

    def verdict(self, measured: dict) -> str:
        if self.most is None:
            return "-"
        return "yes" if round(measured[self.judged], self.digits) <= self.most else "no"


FLEET = [
    Figure("killed_out_ms", "one of three killed: known as failing", " ms", 3000),
    Figure("killed_failed", "requests that failed for it", "", 0, judged="max"),
    Figure("restarted_in_ms", "started again: healthy", " ms", 2000),
    Figure("restarted_full_ms", "and with its full share (slow_start: 10s)", " ms"),
    Figure("stopped_out_ms", "one stopped (SIGSTOP): known as failing", " ms", 3000),
    Figure("stopped_failed", "requests that failed for it", "", 0, judged="max"),
    Figure("stopped_longest_ms", "the longest request", " ms", 3000),
    Figure("slow_out_ms", "one 100 times slower: known as slow", " ms", 5000),
    Figure("slow_failed", "requests that failed for it", "", 0, judged="max"),
    Figure("slow_p99", "p99 of all once it is out, to the quiet run's", " x", 2, 2),
    Figure("mended_in_ms", "fast again: in service", " ms"),
    Figure("nobody_ms", "all three killed: a 503", " ms", None, 1),
    Figure("all_in_ms", "all three started again: healthy", " ms", 2000),
    Figure("quiet_p99_ms", "p99 of the quiet run", " ms", None, 1),
]

PUBLISH = [
    Figure("cpu_to_quiet", "CPU a request of the worker, to that without changes", " x", 1.02, 3),
    Figure("cpu_to_withheld", "to that with changes that it is not told of", " x", 1.02, 3),
    Figure("snapshot_cpu_us", "which is, for each snapshot", " us"),
    Figure("in_force_max_ms", "from a change to its being in force, the longest", " ms", 10, 1, judged="max"),
    Figure("in_force_p99_ms", "99 % of them", " ms", None, 1),
    Figure("in_force_p50_ms", "half of them", " ms", None, 1),
    Figure("quiet_cpu_us", "CPU a request without changes", " us", None, 2),
    Figure("cpu_us", "CPU a request with them", " us", None, 2),
    Figure("requests_per_second", "requests a second", ""),
    Figure("changes_per_second", "changes a second", ""),
    Figure("published_per_second", "snapshots published a second", ""),
]


def summarize(rounds: list[dict], figures: list[Figure]) -> dict:
    """Of one program, rota."""
    numbers = {figure.key: [run[figure.key] for run in rounds] for figure in figures}
    return {"rota": {key: {"median": median(values), "min": min(values), "max": max(values)} for key, values in numbers.items()}}


def rows(summary: dict, figures: list[Figure]) -> list[list[str]]:
    table = [["what", "asked: at most", "median", "least", "most", "kept"]]
    for figure in figures:
        measured = summary["rota"][figure.key]
        most = "-" if figure.most is None else figure.text(figure.most)
        table.append([figure.what, most, *(figure.text(measured[which]) for which in ("median", "min", "max")), figure.verdict(measured)])
    return table
