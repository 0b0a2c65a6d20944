"""Pictures as plain SVG: no script, no library, the same bytes for the same numbers.

Colours come from the page's style sheet, so that they follow its light, dark and printed forms.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

Cells = Mapping[tuple[str, str], int]
WIDTH = 720
SIDE = 74
"""Width of a cell of the heat map."""


class Whisker(NamedTuple):
    """One row of an interval plot; shares from 0 to 1."""

    label: str
    low: float
    share: float
    high: float
    told: str


class Curve(NamedTuple):
    """One line of a plot: values at the plot's steps."""

    label: str
    values: Sequence[float]


def heat_map(names: Sequence[str], cells: Cells) -> str:
    """Old answers down, new answers across. The diagonal is what stays; shade grows with the logarithm."""
    left, top = 130, 34
    most = max(cells.values(), default=0)
    body: list[str] = []
    for row, old in enumerate(names):
        y = top + row * 34
        body.append(_text(left - 8, y + 21, old, "end"))
        body.append(_text(left + row * SIDE + SIDE / 2, top - 10, old, "middle", "small"))
        for column, new in enumerate(names):
            count = cells.get((old, new), 0)
            shade = 0.18 + 0.72 * count.bit_length() / most.bit_length() if count else 0.0
            body += _cell(left + column * SIDE, y, column - row, count, shade)
    return _svg(left + SIDE * len(names) + 4, top + 34 * len(names) + 6, "Flip matrix", body)


def _cell(x: float, y: float, step: int, count: int, shade: float) -> Iterator[str]:
    kind = "same" if step == 0 else "stricter" if step > 0 else "looser"
    place = f'x="{x:g}" y="{y:g}" width="{SIDE - 2}" height="32"'
    yield f'<rect class="cell" {place}/>'
    yield f'<rect class="{kind}" {place} fill-opacity="{shade:.2f}"/>'
    if count:
        yield _text(x + SIDE / 2 - 1, y + 21, f"{count:,}", "middle")


def whiskers(rows: Sequence[Whisker], title: str) -> str:
    """Shares with their intervals, one a row."""
    most = max([row.high for row in rows], default=0.0) or 1.0
    left, right = 210, WIDTH - 150
    scale = _scale(0.0, most, left, right)
    body = [f'<line class="axis" x1="{left}" y1="8" x2="{left}" y2="{len(rows) * 24 + 8}"/>']
    for number, row in enumerate(rows):
        y = 20 + number * 24
        body += [
            _text(left - 8, y + 4, _short(row.label), "end"),
            f'<line class="whisker" x1="{scale(row.low):.1f}" y1="{y}" x2="{scale(row.high):.1f}" y2="{y}"/>',
            f'<circle class="dot" cx="{scale(row.share):.1f}" cy="{y}" r="4"/>',
            _text(right + 10, y + 4, row.told, "start", "small"),
        ]
    foot = len(rows) * 24 + 20
    body += [
        _text(left, foot, "0 %", "middle", "small"),
        _text(right, foot, f"{most:.2%}", "middle", "small"),
    ]
    return _svg(WIDTH, foot + 6, title, body)


def curves(steps: Sequence[str], lines: Sequence[Curve], title: str, mark: str = "") -> str:
    """Lines over the same steps; ``mark`` names the step to be marked."""
    left, right, top, bottom = 70, WIDTH - 130, 14, 220
    most = max([value for line in lines for value in line.values], default=0.0) or 1.0
    across, up = _scale(0, max(1, len(steps) - 1), left, right), _scale(0.0, most, bottom, top)
    body = list(_frame(left, right, top, bottom, most))
    every = max(1, -(-len(steps) // 10))
    for number, step in enumerate(steps):
        if step == mark:
            body.append(_upright(across(number), top, bottom))
        if number % every == 0:
            body.append(_text(across(number), bottom + 16, step, "middle", "small"))
    for number, line in enumerate(lines):
        points = " ".join(f"{across(at):.1f},{up(value):.1f}" for at, value in enumerate(line.values))
        body.append(f'<polyline class="line l{number % 7}" points="{points}"/>')
        y = top + 8 + number * 18
        body.append(f'<rect class="key l{number % 7}" x="{right + 12}" y="{y - 8}" width="10" height="10"/>')
        body.append(_text(right + 28, y + 1, line.label, "start", "small"))
    return _svg(WIDTH, bottom + 26, title, body)


def timeline(bins: Sequence[Mapping[str, int]], first: str, last: str) -> str:
    """How many exchanges there were, and which of them are newly stopped or released."""
    left, right, top, bottom = 70, WIDTH - 10, 10, 150
    most = max([one["all"] for one in bins], default=0) or 1
    up, wide = _scale(0, most, bottom, top), (right - left) / max(1, len(bins))
    body = list(_frame(left, right, top, bottom, most))
    for number, one in enumerate(bins):
        x = left + number * wide
        heights = (
            ("cell", one["all"], 0),
            ("stricter", one["stopped"], 0),
            ("looser", one["released"], one["stopped"]),
        )
        for kind, count, above in heights:
            if count:
                y, base = up(count + above), up(above)
                body.append(
                    f'<rect class="{kind} solid" x="{x:.1f}" y="{y:.1f}" width="{wide * 0.9:.1f}"'
                    f' height="{base - y:.1f}"/>'
                )
    body += [
        _text(left, bottom + 16, first, "start", "small"),
        _text(right, bottom + 16, last, "end", "small"),
    ]
    return _svg(WIDTH, bottom + 24, "Exchanges over time", body)


def _stack(one: Mapping[str, int]) -> Sequence[tuple[str, int, int]]:
    """Kind, height and foot of each part of a bar."""
    stopped, released = one["stopped"], one["released"]
    return ("cell", one["all"], 0), ("stricter", stopped, 0), ("looser", released, stopped)


def _frame(left: float, right: float, top: float, bottom: float, most: float) -> Iterator[str]:
    yield f'<line class="axis" x1="{left}" y1="{bottom}" x2="{right}" y2="{bottom}"/>'
    yield f'<line class="axis" x1="{left}" y1="{top}" x2="{left}" y2="{bottom}"/>'
    yield _text(left - 6, top + 8, f"{most:,g}", "end", "small")
    yield _text(left - 6, bottom, "0", "end", "small")


def _upright(x: float, top: float, bottom: float) -> str:
    return f'<line class="mark" x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}"/>'


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def _text(x: float, y: float, text: str, anchor: str, kind: str = "label") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}…"


def _svg(width: float, height: float, title: str, body: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">'
    return "\n".join([head, f"<title>{escape(title)}</title>", *body, "</svg>"])
