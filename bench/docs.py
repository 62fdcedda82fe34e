"""Writes the numbers of docs/benchmarks.md from bench/results/*.json, between two marks, and the chart beside it. What stands around is left alone."""

from __future__ import annotations

from pathlib import Path

import budget
import chart
import report
from programs import ROOT, BenchError

PAGE = ROOT / "docs/benchmarks.md"
CHART = ROOT / "docs/benchmarks.svg"
BEGIN, END = "<!-- numbers: begin (./do bench docs) -->", "<!-- numbers: end -->"
FIRST_TEXT = f"""# Benchmarks

rota beside a bare epoll relay (the floor: what no proxy can go below), HAProxy and nginx. The proxy is pinned alone on one core, load and
instances on another, one worker each, connections kept on both sides unless a story says otherwise; the programs take turns, round after
round, and a ratio is taken within each round before the median. rota's access log is off, as are the peers'. Memory is the process's own:
what the kernel holds for a socket is the same for all. The peers' configurations are in `bench/peers/`.
`fleet` and `publish` are rota's alone: what is asked of them are times, not ratios to a peer, and a line is kept where its median is (of failed requests
and of the longest time in force: its worst round). The machine is shared, so a time says less than a count.

{BEGIN}
{END}
"""

# story, key of the summary, what it is called, whether less is better, divisor, unit
COMPARED = [
    ("plain", "cpu_us", "CPU time a request", True, 1, " us"),
    ("plain", "requests_per_second", "requests a second", False, 1, ""),
    ("plain", "p50_us", "median latency", True, 1000, " ms"),
    ("plain", "p99_us", "99th percentile latency", True, 1000, " ms"),
    ("plain", "peak_memory_kib", "peak memory", True, 1024, " MiB"),
    ("instructions", "per_request", "instructions a request", True, 1, ""),
    ("large", "download_cpu_ms", "CPU time a GiB downloaded", True, 1, " ms"),
    ("large", "upload_cpu_ms", "CPU time a GiB uploaded", True, 1, " ms"),
    ("short", "cpu_us", "CPU time a request on a connection of its own", True, 1, " us"),
    ("idle", "bytes", "memory of an idle connection", True, 1, " B"),
    ("syscalls", "per_request", "system calls a request", True, 1, ""),
]


def write() -> None:
    PAGE.parent.mkdir(exist_ok=True)
    for path, text in written().items():
        path.write_text(text)
        print(f"written: {path.relative_to(ROOT)}")


def written() -> dict[Path, str]:
    """What belongs into which file."""
    results = report.load_all()
    if not results:
        raise BenchError("bench/results/ is empty: ./do bench fills it")
    text = PAGE.read_text() if PAGE.exists() else FIRST_TEXT
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise BenchError(f"docs/benchmarks.md lacks its marks, {BEGIN} and {END}")
    sections = [whole(results)] + [section(result) for result in results] + [losses(results)]
    return {PAGE: before + BEGIN + "\n" + "\n".join(sections) + END + after, CHART: chart.draw(report.summaries(results))}


def whole(results: list[dict]) -> str:
    summaries = report.summaries(results)
    lines = ["## The budget", "", *table(budget.rows(summaries)), ""]
    lines += [f"![The first of these as bars, beside the peers]({CHART.name})", ""]
    lines += [f"Not kept: {line}.  " for line in budget.missed(summaries)] or ["All of it is kept."]
    lines += ["What is counted is also held by `tests/budget`, in every `./do test`. Each line's story is below, with its command and its day."]
    return "\n".join(lines) + "\n"


def section(result: dict) -> str:
    machine = result["machine"]
    versions = "".join(f", {name} {version}" for name, version in result["versions"].items() if version != "ours")
    lines = [f"## {result['story']}", "", result["what"][0].upper() + result["what"][1:] + ".", ""]
    lines += table(report.ROWS[result["story"]](result["summary"]))
    lines += [""] + [f"{line}  " for line in report.ratio_lines(result["summary"])]
    lines += [
        f"Made by `{result['command']}` on {result['date']}, commit {result['commit']}: {machine['cores']} cores of {machine['cpu']}, "
        f"Linux {machine['kernel']}{versions}."
    ]
    if result["missing"]:
        lines += [f"Missing there: {', '.join(result['missing'])}."]
    return "\n".join(lines) + "\n"


def table(rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]


def losses(results: list[dict]) -> str:
    """Where a peer beats rota. The floor is no peer: it does less."""
    summaries = report.summaries(results)
    lines = ["## Where rota loses", ""]
    found = []
    for story, key, name, less_is_better, divisor, unit in COMPARED:
        summary = summaries.get(story, {})
        if "rota" not in summary:
            continue
        own = summary["rota"][key]
        for peer in report.PEERS:
            other = summary.get(peer, {}).get(key)
            if other is not None and (own > other if less_is_better else own < other):
                found.append(f"- {name}: rota {own / divisor:,.2f}{unit}, {peer} {other / divisor:,.2f}{unit}")
    if not any("rota" in summary for summary in summaries.values()):
        found = ["rota was not there when these numbers were made."]
    return "\n".join(lines + (found or ["In what is measured above, nowhere."])) + "\n"
