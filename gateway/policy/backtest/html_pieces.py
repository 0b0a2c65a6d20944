"""What pages of policy are made of: the frame with its style, sections, tables, numbers."""

from collections.abc import Iterable, Sequence
from html import escape

Rows = Iterable[Sequence[object]]

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5b6673; --paper: #fff; --line: #d5dae0;
  --cell: #eef1f4; --same: #5f7f9f; --stricter: #b3541e; --looser: #7a3e9d; --good: #1a7f37; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #9aa6b2; --paper: #14181d;
  --line: #3a424c; --cell: #1f252c; --same: #7fa3c7; --stricter: #e08a4f; --looser: #c08be0;
  --good: #56d364; --bad: #ff7b72; } }
@media print { :root { color-scheme: light; } section { break-inside: avoid; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
code { font-size: .85em; overflow-wrap: anywhere; } .soft { color: var(--soft); }
.pass { color: var(--good); } .fail { color: var(--bad); } .inconclusive { color: var(--stricter); }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); } svg .small { font-size: 10px; fill: var(--soft); }
.cell { fill: var(--cell); } .same { fill: var(--same); } .stricter { fill: var(--stricter); }
.looser { fill: var(--looser); } .axis { stroke: var(--line); }
.mark { stroke: var(--soft); stroke-dasharray: 3; }
.whisker { stroke: var(--stricter); stroke-width: 2; } .dot { fill: var(--stricter); }
.line { fill: none; stroke-width: 2; }
.l0 { stroke: #3b7dd8; } .l1 { stroke: #2b9a66; } .l2 { stroke: #c59a00; } .l3 { stroke: #8a63d2; }
.l4 { stroke: #d6409f; } .l5 { stroke: #e5484d; } .l6 { stroke: #8d4a1f; }
.key.l0 { fill: #3b7dd8; } .key.l1 { fill: #2b9a66; } .key.l2 { fill: #c59a00; } .key.l3 { fill: #8a63d2; }
.key.l4 { fill: #d6409f; } .key.l5 { fill: #e5484d; } .key.l6 { fill: #8d4a1f; }
"""


def frame(title: str, word: str, sections: Iterable[str]) -> str:
    """A whole page: no script, nothing fetched. ``word`` is the verdict."""
    body = "\n".join(sections)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}: {escape(word)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<h1>{escape(title)}: <span class="{escape(word)}">{escape(word)}</span></h1>\n'
        f"{body}\n</body>\n</html>\n"
    )


class Raw(str):
    """Text that is HTML already."""

    __slots__ = ()


def section(title: str, *parts: str) -> str:
    """A headed part of the page."""
    return "\n".join(["<section>", f"<h2>{escape(title)}</h2>", *parts, "</section>"])


def table(heads: Sequence[str], rows: Rows) -> str:
    """A table; a head that begins with ``#`` is of numbers."""
    numeric = [head.startswith("#") for head in heads]
    names = "".join(_cell("th", head.lstrip("#"), n) for head, n in zip(heads, numeric, strict=True))
    lines = (
        "<tr>" + "".join(_cell("td", value, n) for value, n in zip(row, numeric, strict=True)) + "</tr>"
        for row in rows
    )
    return "\n".join(["<table>", f"<tr>{names}</tr>", *lines, "</table>"])


def _cell(tag: str, value: object, numeric: bool) -> str:  # noqa: FBT001
    text = value if isinstance(value, Raw) else escape(str(value))
    return f'<{tag} class="n">{text}</{tag}>' if numeric else f"<{tag}>{text}</{tag}>"


def number(value: int) -> str:
    """With thousands told apart."""
    return f"{value:,}"


def share(told: Sequence[float]) -> tuple[str, str, str]:
    """Count, share and interval, for three columns."""
    count, low, rate, high = told
    return f"{int(count):,}", f"{rate:.3%}", f"{low:.3%} to {high:.3%}"


def interval(told: Sequence[float]) -> str:
    """Share and interval, for one column."""
    low, rate, high = told
    return f"{rate:.1%} ({low:.1%} to {high:.1%})"
