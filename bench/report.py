"""From raw rounds to medians, ratios, a table and a file in bench/results/."""

from __future__ import annotations

import json
from collections.abc import Callable
from statistics import median

import asked
import budget
from programs import ROOT

RESULTS = ROOT / "bench/results"
ORDER = ["floor", "floor-splice", "rota", "rota, 10,000 routes", "rota, 10,000 instances", "haproxy", "haproxy-splice", "nginx"]
PEERS = ["haproxy", "haproxy-splice", "nginx"]


def summarize_plain(rounds: list[dict]) -> dict:
    measured = ["cpu_us", "requests_per_second", "p50_us", "p99_us", "peak_memory_kib"]
    summary = medians(rounds, measured)
    for name, runs in by_program(rounds).items():
        summary[name]["peak_memory_kib"] = max(run["peak_memory_kib"] for run in runs)
    compare(summary, rounds, measured, {"cpu_us": "cpu_to"})
    return summary


def summarize_large(rounds: list[dict]) -> dict:
    summary: dict[str, dict] = {}
    for direction in ("download", "upload"):
        keys = {key: f"{direction}_{key}" for key in ("cpu_ms", "gib_per_second")}
        runs = [
            {"program": run["program"]} | {own: run[key] for key, own in keys.items()} for run in rounds if run["direction"] == direction
        ]
        part = medians(runs, list(keys.values()))
        compare(part, runs, list(keys.values()), {f"{direction}_cpu_ms": f"{direction}_cpu_to"})
        for name, values in part.items():
            merged = summary.setdefault(name, {})
            merged["to_floor"] = merged.get("to_floor", {}) | values.pop("to_floor", {})
            merged |= values
    return summary


def summarize_idle(rounds: list[dict]) -> dict:
    measured = ["baseline_kib", "bytes", "bytes_kept", "bytes_again"]
    summary = medians(rounds, measured)
    compare(summary, rounds, [], {"bytes": "bytes_to"})
    return summary


def by_program(rounds: list[dict]) -> dict[str, list[dict]]:
    grouped: dict[str, list[dict]] = {}
    for run in rounds:
        grouped.setdefault(run["program"], []).append(run)
    return grouped


def medians(rounds: list[dict], measured: list[str]) -> dict:
    return {name: {key: median(run[key] for run in runs) for key in measured} for name, runs in by_program(rounds).items()}


def compare(summary: dict, rounds: list[dict], to_floor: list[str], to_peers: dict[str, str]) -> None:
    """Adds ratios, taken within each round before the median: a slow minute slows both sides of a ratio."""
    runs = by_program(rounds)
    if "floor" in runs and to_floor:
        for name, values in summary.items():
            values["to_floor"] = {key: _ratio(runs[name], runs["floor"], key) for key in to_floor}
    if "rota" in runs:
        for key, ratio in to_peers.items():
            summary["rota"][ratio] = {peer: _ratio(runs["rota"], runs[peer], key) for peer in PEERS if peer in runs}


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
    return rows if "floor" in summary else without_column(rows, "to floor")


def without_column(rows: list[list[str]], title: str) -> list[list[str]]:
    kept = [i for i, name in enumerate(rows[0]) if name != title]
    return [[row[i] for i in kept] for row in rows]


def large_rows(summary: dict) -> list[list[str]]:
    rows = [["program", "download CPU ms/GiB", "to floor", "GiB/s", "upload CPU ms/GiB", "GiB/s"]]
    for name in in_order(summary):
        values = summary[name]
        ratio = values["to_floor"].get("download_cpu_ms")
        uploads = ["-", "-"]
        if "upload_cpu_ms" in values:
            uploads = [f"{values['upload_cpu_ms']:.1f}", f"{values['upload_gib_per_second']:.2f}"]
        downloads = [f"{values['download_cpu_ms']:.1f}", f"{ratio['median']:.2f}" if ratio else "-", f"{values['download_gib_per_second']:.2f}"]
        rows.append([name, *downloads, *uploads])
    return rows


def idle_rows(summary: dict) -> list[list[str]]:
    rows = [["program", "bytes/connection", "kept once closed", "when opened again", "without them KiB"]]
    for name in in_order(summary):
        values = summary[name]
        rows.append([name, *(f"{values[key]:,.0f}" for key in ("bytes", "bytes_kept", "bytes_again", "baseline_kib"))])
    return rows


RATIOS = {
    "cpu_to": "CPU",
    "download_cpu_to": "CPU of downloads",
    "upload_cpu_to": "CPU of uploads",
    "bytes_to": "Memory of a connection",
}


def ratio_lines(summary: dict) -> list[str]:
    """rota over each peer."""
    return [
        f"{name} rota/{peer}: {ratio['median']:.2f} ({ratio['min']:.2f}-{ratio['max']:.2f})"
        for key, name in RATIOS.items()
        for peer, ratio in summary.get("rota", {}).get(key, {}).items()
    ]


def instruction_rows(summary: dict) -> list[list[str]]:
    floor = summary.get("floor", {}).get("per_request")
    rows = [["program", "instructions/request", "to floor", "allocations/request"]]
    for name in in_order(summary):
        count, allocations = summary[name]["per_request"], summary[name].get("allocations")
        rows.append([name, f"{count:,.0f}", f"{count / floor:.2f}" if floor else "-", budget.ALLOCATIONS.text(allocations)])
    return rows


def large_and_small_rows(title: str) -> Callable[[dict], list[list[str]]]:
    def rows(summary: dict) -> list[list[str]]:
        base = summary.get("rota", {}).get("per_request")
        rows = [["program", "instructions/request", title]]
        for name in in_order(summary):
            count = summary[name]["per_request"]
            rows.append([name, f"{count:,.0f}", f"{count / base:.3f}" if base else "-"])
        return rows

    return rows


def syscall_rows(summary: dict) -> list[list[str]]:
    rows = [["program", "calls/request", "without epoll_wait", "which"]]
    for name in in_order(summary):
        values = summary[name]
        which = ", ".join(f"{call} {count:.2f}" for call, count in values["calls"].items() if count >= 0.005)
        rows.append([name, f"{values['per_request']:.2f}", f"{values['without_waiting']:.2f}", which])
    return rows


def hostile_rows(summary: dict) -> list[list[str]]:
    rows = [["program", "p50 ms", "beside the mass", "p99 ms", "beside the mass", "to quiet", "requests/s", "beside the mass"]]
    for name in in_order(summary):
        values = summary[name]
        latencies = [f"{values[key] / 1000:.2f}" for key in ("p50_us", "hostile_p50_us", "p99_us", "hostile_p99_us")]
        ratio = "{median:.2f} ({min:.2f}-{max:.2f})".format(**values["p99_to_quiet"])
        rows.append([name, *latencies, ratio, *(f"{values[key]:.0f}" for key in ("requests_per_second", "hostile_requests_per_second"))])
    return rows


ROWS = {
    "plain": plain_rows,
    "instructions": instruction_rows,
    "large": large_rows,
    "short": plain_rows,
    "idle": idle_rows,
    "syscalls": syscall_rows,
    "routes": large_and_small_rows("to no routes"),
    "instances": large_and_small_rows("to 3 instances"),
    "hostile": hostile_rows,
    "fleet": lambda summary: asked.rows(summary, asked.FLEET),
    "publish": lambda summary: asked.rows(summary, asked.PUBLISH),
}


def in_order(summary: dict) -> list[str]:
    return [name for name in ORDER if name in summary]


def print_table(rows: list[list[str]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    aligned = [str.ljust if title in ("program", "which", "budget", "what") else str.rjust for title in rows[0]]
    for row in rows:
        cells = [align(cell, width) for align, cell, width in zip(aligned, row, widths, strict=True)]
        print("  ".join(cells).rstrip())


def disturbed(rounds: list[dict]) -> list[str]:
    """Programs whose rounds differ so much that something else must have had the cores: their medians deserve a second run."""
    rates: dict[tuple[str, str], list[float]] = {}
    for run in rounds:
        rates.setdefault((run["program"], run.get("direction", "")), []).append(run.get("requests_per_second", 1))
    return list(dict.fromkeys(name for (name, _), values in rates.items() if max(values) > 1.4 * min(values)))


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


def summaries(results: list[dict]) -> dict[str, dict]:
    """By story."""
    return {result["story"]: result["summary"] for result in results}


def show_budget() -> None:
    print()
    print_table(budget.rows(summaries(load_all())))
