"""The pages of the bench say what bench/results says, and the bench's own sums are right. Nothing is measured here."""

import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bench"))
import asked  # noqa: E402
import budget  # noqa: E402
import chart  # noqa: E402
import docs  # noqa: E402
import measure  # noqa: E402
import report  # noqa: E402


def stale():
    """The files that are not what ./do bench docs would write."""
    return [path.name for path, text in docs.written().items() if not path.exists() or path.read_text() != text]


def test_the_page_and_its_chart_are_what_the_results_say():
    assert stale() == [], "run: ./do bench docs"


def test_the_check_sees_another_number(tmp_path, monkeypatch):
    for path in report.RESULTS.glob("*.json"):
        (tmp_path / path.name).write_text(path.read_text())
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    assert stale() == []
    result = json.loads((tmp_path / "idle.json").read_text())
    result["summary"]["rota"]["bytes"] += 1
    (tmp_path / "idle.json").write_text(json.dumps(result))
    assert stale() == ["benchmarks.md", "benchmarks.svg"]


SUMMARIES = {
    "instructions": {"floor": {"per_request": 500.0, "allocations": -0.0001}, "rota": {"per_request": 4000.4, "allocations": 0.01}},
    "plain": {"floor": {"to_floor": {"cpu_us": {"median": 1.0}}}, "nginx": {"to_floor": {"cpu_us": {"median": 1.4}}}},
    "routes": {"rota": {"per_request": 4000.0}, "rota, 10,000 routes": {"per_request": 4204.0}},
}


def test_the_budgets_table_has_a_dash_for_what_was_not_measured():
    rows = {row[0]: row[1:] for row in budget.rows(SUMMARIES)}
    assert rows[budget.INSTRUCTIONS.what] == ["4,000", "500", "4,000", "-", "-"]
    assert rows[budget.ALLOCATIONS.what] == ["0", "0.00", "0.01", "-", "-"]
    assert rows[budget.CPU.what] == ["1.05", "1.00", "-", "-", "1.40"]
    assert rows[budget.ROUTES.what] == ["1.05", "-", "1.051", "-", "-"]
    assert rows[budget.IDLE_BYTES.what] == ["256", "-", "-", "-", "-"]


def test_what_is_over_the_budget_in_the_digits_that_are_shown_is_said():
    assert [line.partition(":")[0] for line in budget.missed(SUMMARIES)] == [budget.ALLOCATIONS.what, budget.ROUTES.what]


def test_the_chart_is_well_formed_within_its_frame_and_shows_every_number():
    picture = ElementTree.fromstring(chart.draw(SUMMARIES))
    words = [element.text for element in picture.iter() if element.tag.endswith("}text")]
    assert {"floor", "rota", "nginx", "500", "4,000", "1.00", "1.40", "at most 4,000", "at most 1.05"} <= set(words)
    assert "haproxy" not in words and "256" not in words
    bars = [element for element in picture.iter() if element.tag.endswith("}rect")]
    assert all(float(bar.get("x")) + float(bar.get("width")) <= chart.WIDTH for bar in bars)
    assert max(float(bar.get("y")) + float(bar.get("height")) for bar in bars) < float(picture.get("height"))


def test_an_axis_has_four_to_ten_ticks():
    for largest in (0.7, 1.05, 1.4, 4, 9.99, 10, 256, 1128, 29_190):
        assert 4 <= largest / chart.tick_step(largest) <= 10, largest


def test_what_is_asked_of_times_is_judged_by_their_median_or_by_the_worst_in_the_digits_that_are_shown():
    figures = [
        asked.Figure("out", "out", " ms", 3000),
        asked.Figure("failed", "failed", "", 0, judged="max"),
        asked.Figure("ratio", "ratio", " x", 1.02, 3),
        asked.Figure("shown", "shown", " ms", None, 1),
    ]
    rounds = [
        {"out": 3000.4, "failed": 0, "ratio": 1.01, "shown": 0.5},
        {"out": 9000, "failed": 1, "ratio": 1.0206, "shown": 0.25},
        {"out": 20, "failed": 0, "ratio": 1.03, "shown": 0.75},
    ]
    rows = {row[0]: row[1:] for row in asked.rows(asked.summarize(rounds, figures), figures)}
    assert rows["out"] == ["3,000 ms", "3,000 ms", "20 ms", "9,000 ms", "yes"]
    assert rows["failed"] == ["0", "0", "0", "1", "no"]
    assert rows["ratio"] == ["1.020 x", "1.021 x", "1.010 x", "1.030 x", "no"]
    assert rows["shown"] == ["-", "0.5 ms", "0.2 ms", "0.8 ms", "-"]


CALLGRIND = """\
fn=(1) main
cfn=(2) operator new(unsigned long)
calls=3 10
+1 30
fn=(2)
cfn=(3) malloc
calls=3 20
+1 300
cfn=(4) free
calls=7 20
fn=(5) realloc
cfn=(3)
calls=5 20
fn=(1)
cfn=(6) calloc'2
calls=2 4
totals: 330
"""


def test_allocations_are_counted_once_whoever_makes_them(tmp_path):
    (tmp_path / "counted-01").write_text(CALLGRIND)
    assert measure.callgrind_allocations(tmp_path / "counted", but_first=False) == 3 + 2
    assert measure.callgrind_total(tmp_path / "counted", but_first=False) == 330


def test_the_thread_that_looks_after_the_others_can_be_left_out(tmp_path):
    for thread, total in ((1, 1000), (2, 30), (3, 4)):
        (tmp_path / f"counted-0{thread}").write_text(f"totals: {total}\n")
    assert measure.callgrind_total(tmp_path / "counted", but_first=False) == 1034
    assert measure.callgrind_total(tmp_path / "counted", but_first=True) == 34
