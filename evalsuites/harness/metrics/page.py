"""The metrics as a page: ``python -m evalsuites.harness.metrics.page docs/reference/metrics.md``."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import Parameter, getdoc, signature
from itertools import groupby
from pathlib import Path

from evalsuites.harness.builtin import BUILT_IN
from evalsuites.harness.metrics.ragas.adapter import METRICS as RAGAS
from evalsuites.harness.metrics.ragas.adapter import ragas_metric
from evalsuites.harness.metrics.registry import SHIPPED

BEGIN = "<!-- What follows is made by `python -m evalsuites.harness.metrics.page FILE`. -->"
_TITLES = {
    "text": "Text",
    "overlap": "Overlap with reference texts",
    "structure": "Structure",
    "policy": "What the gateway did",
    "privacy": "Personal data",
    "classifier": "The gateway's classifiers",
}
_HANDED = {"ask", "kind"}
"""Keywords that no suite gives."""

Function = Callable[..., object]


def page() -> str:
    """The generated part of the page."""
    own = [metric for name, metric in SHIPPED.items() if name not in RAGAS]
    lines = [BEGIN]
    for module, metrics in groupby(own, key=_module):
        lines += ["", f"## {_TITLES.get(module, module)}", "", *_table(metrics)]
    lines += ["", "## Of ragas", "", *_ragas()]
    lines += ["", "## Of every result", "", *_built_in(BUILT_IN.values())]
    return "\n".join(lines) + "\n"


def refresh(text: str) -> str:
    """A page with its generated part made anew."""
    before, _, _ = text.partition(BEGIN)
    return before + page()


def _module(metric: Function) -> str:
    return metric.__module__.rpartition(".")[2]


def _table(metrics: Iterable[Function]) -> Iterator[str]:
    yield "| metric | what it says | options |"
    yield "|---|---|---|"
    for metric in metrics:
        yield f"| `{metric.__name__}` | {_said(metric)} | {', '.join(_options(metric))} |"


def _ragas() -> Iterator[str]:
    yield f"Options of each: {', '.join(_options(ragas_metric))}."
    yield ""
    yield "| metric | class of `ragas.metrics.collections` |"
    yield "|---|---|"
    for name, metric in RAGAS.items():
        yield f"| `{name}` | `{_keywords(metric)['kind'].default}` |"


def _built_in(metrics: Iterable[Function]) -> Iterator[str]:
    yield "| metric | what it says |"
    yield "|---|---|"
    for metric in metrics:
        yield f"| `{metric.__name__}` | {_said(metric)} |"


def _options(metric: Function) -> Iterator[str]:
    for name, option in _keywords(metric).items():
        if name in _HANDED:
            continue
        needed = option.default is Parameter.empty
        yield f"`{name}`" if needed else f"`{name}: {_value(option.default)}`"


def _value(default: object) -> str:
    return "''" if default == "" else str(default)


def _keywords(metric: Function) -> Mapping[str, Parameter]:
    found = signature(metric).parameters
    return {name: one for name, one in found.items() if one.kind is Parameter.KEYWORD_ONLY}


def _said(metric: Function) -> str:
    """The docstring's prose, as Markdown has it."""
    paragraphs = (getdoc(metric) or "").split("\n\n")
    text = " ".join(" ".join(paragraphs).split())
    return text.replace("``", "`").replace(":func:", "").replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the page anew."""
    (name,) = arguments
    file = Path(name)
    file.write_text(refresh(file.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
