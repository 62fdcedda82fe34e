"""From raw rounds to medians, ratios, a table and a file in bench/results/."""

from __future__ import annotations

import json
from statistics import median

from programs import ROOT

RESULTS = ROOT / "bench/results"
ORDER = ["floor", "rota", "haproxy", "nginx"]


def summarize_plain(rounds: list[dict], names: list[str]) -> dict:
    """Medians by program, and ratios taken within each round before the median: a slow minute slows both sides of a ratio."""
    measured = ["cpu_us", "requests_per_second", "p50_us", "p99_us", "peak_memory_kib"]
    by_name = {name: [run for run in rounds if run["program"] == name] for name in names}
    summary = {}
    for name, runs in by_name.items():
        summary[name] = {key: median(run[key] for run in runs) for key in measured}
        summary[name]["peak_memory_kib"] = max(run["peak_memory_kib"] for run in runs)
        if "floor" in by_name:
            summary[name]["to_floor"] = {key: _ratio(runs, by_name["floor"], key) for key in measured}
    if "rota" in by_name:
        summary["rota"]["cpu_to"] = {
            peer: _ratio(by_name["rota"], by_name[peer], "cpu_us") for peer in ("haproxy", "nginx") if peer in by_name
        }
    return summary


def _ratio(runs: list[dict], base: list[dict], key: str) -> dict:
    ratios = [run[key] / other[key] for run, other in zip(runs, base, strict=True)]
    return {"median": median(ratios), "min": min(ratios), "max": max(ratios)}


def plain_rows(summary: dict) -> list[list[str]]:
    rows = [["program", "CPU us/request", "to floor", "requests/s", "to floor", "p50 ms", "to floor", "p99 ms", "to floor"]]
    rows[0] += ["peak memory MiB", "to floor"]
    for name in in_order(summary):
        values = summary[name]

        def cell(key: str, scale: float, digits: int, values: dict = values) -> list[str]:
            ratio = values.get("to_floor", {}).get(key)
            return [f"{values[key] / scale:.{digits}f}", f"{ratio['median']:.2f}" if ratio else "-"]

        cpu = cell("cpu_us", 1, 2)
        if "to_floor" in values and name != "floor":
            cpu[1] += " ({min:.2f}-{max:.2f})".format(**values["to_floor"]["cpu_us"])
        rows.append(
            [name, *cpu, *cell("requests_per_second", 1, 0), *cell("p50_us", 1000, 2), *cell("p99_us", 1000, 2)]
            + cell("peak_memory_kib", 1024, 1)
        )
    return rows


def ratio_lines(summary: dict) -> list[str]:
    """CPU of rota over each peer's."""
    ratios = summary.get("rota", {}).get("cpu_to", {})
    return [f"CPU rota/{peer}: {r['median']:.2f} ({r['min']:.2f}-{r['max']:.2f})" for peer, r in ratios.items()]


def instruction_rows(summary: dict) -> list[list[str]]:
    floor = summary.get("floor", {}).get("per_request")
    rows = [["program", "instructions/request", "to floor"]]
    for name in in_order(summary):
        count = summary[name]["per_request"]
        rows.append([name, f"{count:,.0f}", f"{count / floor:.2f}" if floor else "-"])
    return rows


def syscall_rows(summary: dict) -> list[list[str]]:
    rows = [["program", "calls/request", "without epoll_wait", "which"]]
    for name in in_order(summary):
        values = summary[name]
        which = ", ".join(f"{call} {count:.2f}" for call, count in values["calls"].items() if count >= 0.005)
        rows.append([name, f"{values['per_request']:.2f}", f"{values['without_waiting']:.2f}", which])
    return rows


ROWS = {"plain": plain_rows, "instructions": instruction_rows, "syscalls": syscall_rows}


def in_order(summary: dict) -> list[str]:
    return [name for name in ORDER if name in summary]


def print_table(rows: list[list[str]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    aligned = [str.ljust if title in ("program", "which") else str.rjust for title in rows[0]]
    for row in rows:
        cells = [align(cell, width) for align, cell, width in zip(aligned, row, widths, strict=True)]
        print("  ".join(cells).rstrip())


def disturbed(rounds: list[dict]) -> list[str]:
    """Programs whose rounds differ so much that something else must have had the cores: their medians deserve a second run."""
    rates: dict[str, list[float]] = {}
    for run in rounds:
        rates.setdefault(run["program"], []).append(run.get("requests_per_second", 1))
    return [name for name, values in rates.items() if max(values) > 1.4 * min(values)]


def show(result: dict) -> None:
    print(f"\n{result['story']}: {result['what']}")
    print_table(ROWS[result["story"]](result["summary"]))
    for line in ratio_lines(result["summary"]):
        print(line)
    if names := disturbed(result["rounds"]):
        print(f"note: the rounds of {', '.join(names)} differ by more than 40 %; was something else running?")


def save(result: dict) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{result['story']}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"written: {path.relative_to(ROOT)}")


def load_all() -> list[dict]:
    files = [RESULTS / f"{story}.json" for story in ROWS]
    return [json.loads(path.read_text()) for path in files if path.exists()]
