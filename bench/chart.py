"""Draws docs/benchmarks.svg: a few figures of the budget as bars, the programs below each other, what is asked for as a dashed line.

Plain SVG that needs nothing: it has a ground and colours of its own, for a light and a dark page, and every bar has its number.
"""

from __future__ import annotations

import math
from html import escape

import budget

PANELS = [budget.INSTRUCTIONS, budget.CPU, budget.IDLE_BYTES]
WIDTH, MARGIN = 760, 24
NAMES = 92  # left of where bars begin
NUMBERS = 84  # right of where the longest may end
BAR, BAR_STEP = 20, 27
DIGIT = 8  # a digit's width, at most
TITLE, AXIS, GAP = 34, 34, 18
LEFT, RIGHT = MARGIN + NAMES, WIDTH - MARGIN - NUMBERS

STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 14px; }
  .tick { font-size: 11px; fill: #59636e; }
  .number { font-weight: 600; }
  .asked { font-size: 11px; fill: #9a3412; }
  .ground { fill: #ffffff; stroke: #d1d9e0; }
  .behind { fill: #ffffff; }
  .grid { stroke: #e4e8ec; }
  .limit { stroke: #c2410c; stroke-width: 1.5; stroke-dasharray: 5 4; }
  .floor { fill: #a3acb6; }
  .rota { fill: #0969da; }
  .peer { fill: #7d8fa6; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .tick { fill: #9198a1; }
    .asked { fill: #fdba74; }
    .ground { fill: #0d1117; stroke: #3d444d; }
    .behind { fill: #0d1117; }
    .grid { stroke: #262c36; }
    .limit { stroke: #fb923c; }
    .floor { fill: #656c76; }
    .rota { fill: #4493f8; }
    .peer { fill: #5b6f8a; }
  }
"""


def draw(summaries: dict[str, budget.Summary]) -> str:
    """The whole file. A figure that was not measured is left out, and so is a program without one."""
    top, parts, described = MARGIN, [], []
    for figure in PANELS:
        bars = {program: figure.measured(summaries, program) for program in budget.PROGRAMS}
        bars = {program: number for program, number in bars.items() if number is not None}
        if not bars:
            continue
        parts += panel(figure, bars, top)
        described.append(f"{figure.what}: " + ", ".join(f"{program} {figure.text(number)}" for program, number in bars.items()))
        top += TITLE + len(bars) * BAR_STEP + AXIS + GAP
    height = top - GAP + MARGIN - 8
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<title>{escape('; '.join(described))}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
            *parts,
            "</svg>\n",
        ]
    )


def panel(figure: budget.Figure, bars: dict[str, float], top: int) -> list[str]:
    step = tick_step(max(*bars.values(), figure.asked))
    ticks = math.ceil(max(*bars.values(), figure.asked) / step)

    def x(number: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * number / (ticks * step), 1)

    first, bottom = top + TITLE, top + TITLE + len(bars) * BAR_STEP
    parts = [text(MARGIN, top + 12, figure.what[0].upper() + figure.what[1:], "title")]
    for number in (tick * step for tick in range(ticks + 1)):
        parts.append(line(x(number), first - 4, bottom, "grid"))
        parts.append(text(x(number), bottom + 15, f"{number:,g}" if step < 1 else f"{number:,.0f}", "tick", "middle"))
    rows = [(first + row * BAR_STEP, program, number) for row, (program, number) in enumerate(bars.items())]
    for y, program, number in rows:
        colour = program if program in ("floor", "rota") else "peer"
        parts.append(text(LEFT - 8, y + 15, program, "name", "end"))
        parts.append(box(LEFT, y, max(1, x(number) - LEFT), BAR, colour))
    asked = x(figure.asked)
    parts.append(line(asked, first - 4, bottom, "limit"))
    parts.append(text(asked, first - 8, f"at most {figure.asked:,}", "asked", "middle"))
    for y, _, number in rows:  # in front of the line, on a ground of its own
        words = figure.text(number)
        parts.append(box(x(number) + 4, y, 6 + DIGIT * len(words), BAR, "behind"))
        parts.append(text(x(number) + 7, y + 15, words, "number"))
    return parts


def tick_step(largest: float) -> float:
    """1, 2 or 5 times a power of ten, so that there are four to ten ticks."""
    power = 10 ** math.floor(math.log10(largest / 4))
    return next(factor * power for factor in (5, 2, 1) if largest / (factor * power) >= 4)


def text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, kind: str) -> str:
    return f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:.1f}" height="{height:g}"/>'


def line(x: float, top: float, bottom: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x:g}" x2="{x:g}" y1="{top:g}" y2="{bottom:g}"/>'
