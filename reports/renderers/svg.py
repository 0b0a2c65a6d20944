"""Charts as SVG: by hand, so that the same figures give the same bytes and nobody needs a script."""

from collections.abc import Iterator, Sequence
from html import escape

from reports.model import Chart

WIDTH, LEFT, RIGHT, TOP = 720, 190, 60, 8
HEIGHT, FOOT = 200, 44
BAR, STEP = 16, 24
LEGEND = 22

COLOURS = {
    "allow": "#4a7fb5",
    "ok": "#4a7fb5",
    "flag": "#d9a32b",
    "transform": "#7a5ea8",
    "redact": "#7a5ea8",
    "replace": "#9b7fc9",
    "strip_tool": "#b48fd6",
    "route": "#5f8f8f",
    "require_approval": "#2f8f83",
    "deny": "#c2452d",
    "error": "#8c3310",
    "error_open": "#e07b39",
    "error_closed": "#5b5b5b",
    "timeout": "#e07b39",
    "not_run": "#8a8a8a",
    "not_applicable": "#b9c4cf",
}
OTHERS = ("#4a7fb5", "#d9a32b", "#7a5ea8", "#2f8f83", "#c2452d", "#8a8a8a")


def drawn(chart: Chart) -> str:
    """A chart as one ``<svg>`` element; empty when there is nothing to draw."""
    if not chart.labels or not any(any(series.values) for series in chart.series):
        return ""
    legend_rows = -(-len(chart.series) // 5)
    body, height = _columns(chart) if chart.kind == "columns" else _bars(chart)
    total = height + legend_rows * LEGEND + 6
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" width="{WIDTH}" '
            f'height="{total}" role="img" aria-label="{_text(chart.title)}" '
            f'font-family="sans-serif" font-size="11">'
        ),
        f"<title>{_text(chart.title)}</title>",
        *body,
        *_legend(chart, height + 4),
        "</svg>",
    ]
    return "".join(parts)


def colour(name: str, at: int) -> str:
    """The colour of a series: by its meaning, else by its place."""
    return COLOURS.get(name, OTHERS[at % len(OTHERS)])


def _columns(chart: Chart) -> tuple[list[str], int]:
    highest = max(map(sum, zip(*(series.values for series in chart.series), strict=True)))
    wide = (WIDTH - 60 - 10) / len(chart.labels)
    scale = (HEIGHT - TOP) / highest
    parts = list(_axis(highest))
    every = max(1, -(-len(chart.labels) // 10))
    for at, label in enumerate(chart.labels):
        x, y = 60 + at * wide, float(HEIGHT)
        for number, series in enumerate(chart.series):
            tall = series.values[at] * scale
            y -= tall
            if tall:
                said = f"{label}: {series.values[at]} {series.name}"
                parts.append(_rect((x + wide * 0.1, y, min(wide * 0.8, 60), tall), series.name, number, said))
        if at % every == 0:
            parts.append(_label(x + min(wide * 0.5, 34), HEIGHT + 16, label, "middle"))
    return parts, HEIGHT + FOOT - 18


def _axis(highest: int) -> Iterator[str]:
    for part in sorted({0, highest // 2, highest}):
        y = HEIGHT - part * (HEIGHT - TOP) / highest
        yield f'<line x1="56" x2="{WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="#c4c4c4"/>'
        yield _label(52, y + 4, str(part), "end")


def _bars(chart: Chart) -> tuple[list[str], int]:
    sums = list(map(sum, zip(*(series.values for series in chart.series), strict=True)))
    scale = (WIDTH - LEFT - RIGHT) / max(sums)
    parts: list[str] = []
    for at, label in enumerate(chart.labels):
        x, y = float(LEFT), TOP + at * STEP
        parts.append(_label(LEFT - 6, y + 12, _cut(label), "end"))
        for number, series in enumerate(chart.series):
            long = series.values[at] * scale
            if long:
                said = f"{label}: {series.values[at]} {series.name}"
                parts.append(_rect((x, y, long, BAR), series.name, number, said))
            x += long
        parts.append(_label(x + 5, y + 12, str(sums[at]), "start"))
    return parts, TOP + len(chart.labels) * STEP + 4


def _legend(chart: Chart, top: float) -> Iterator[str]:
    for at, series in enumerate(chart.series):
        x, y = 60 + (at % 5) * 130, top + (at // 5) * LEGEND
        yield _rect((x, y + 2, 11, 11), series.name, at, series.name)
        yield _label(x + 16, y + 12, _cut(series.name), "start")


def _rect(box: Sequence[float], name: str, at: int, said: str) -> str:
    x, y, wide, tall = box
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="{colour(name, at)}">'
        f"<title>{_text(said)}</title></rect>"
    )


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#333">{_text(text)}</text>'


def _cut(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"


def _text(text: str) -> str:
    return escape(text, quote=True)
