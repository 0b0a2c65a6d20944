"""Hugging Face: a run's rates in the ``model-index`` of a model card, as the Hub reads it.

The format is the Hub's (``huggingface/hub-docs``, ``modelcard.md``). Only that one key of the front matter is
written anew; every other byte of the card stays, and so do results in it that are not ours.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from evalsuites.harness.faults import UsageFault
from evalsuites.tracking.rates import Rate, rates
from evalsuites.tracking.record import Tracked

KEY = "model-index"
OURS = "lictor/"
"""How the type of our datasets begins, and by what our results are known again."""

_FENCE = "---"


def update(card: Path, run: Tracked, name: str = "") -> int:
    """Write the run's results into a model card; how many there are.

    Args:
        card: the Markdown file; it is made if there is none.
        run: the run.
        name: the model's name in the index; else the one that is there, or that of the file's folder.

    Raises:
        UsageFault: the file cannot be read, or its front matter is not what the Hub takes.
    """
    try:
        text = card.read_bytes().decode("utf-8") if card.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageFault(str(card), f"cannot be read: {error}") from None
    fresh = results(run)
    changed = _with_index(text, str(card), fresh, name or card.resolve().parent.name, named=bool(name))
    card.write_bytes(changed.encode())
    return len(fresh)


def results(run: Tracked) -> list[Mapping[str, Any]]:
    """One result a suite, with a metric for each of its rates. A judge's canaries are about no model."""
    asked = [one for one in run.results if one.suite in run.manifest["suites"]]
    grouped = groupby(rates(asked), key=lambda rate: rate.suite)
    return [_result(run, suite, [*group]) for suite, group in grouped]


def _result(run: Tracked, suite: str, found: Sequence[Rate]) -> Mapping[str, Any]:
    return {
        "task": {"type": "text-generation"},
        "dataset": {
            "type": f"{OURS}{suite}",
            "name": suite,
            "revision": run.manifest["suites"][suite],
            "args": {
                "policy": run.manifest["policy"],
                "gates": run.manifest["gates"],
                "answer": run.ruling["word"],
            },
        },
        "metrics": [_metric(rate) for rate in found],
    }


def _metric(rate: Rate) -> Mapping[str, Any]:
    kind = "share of cases that pass" if rate.passes else "mean"
    return {
        "type": rate.metric,
        "name": f"{rate.metric}, {kind}",
        "value": round(rate.estimate, 6),
        "args": {
            "cases": rate.cases,
            "low": round(rate.interval.low, 6),
            "high": round(rate.interval.high, 6),
            "level": 0.95,
        },
    }


# -- the front matter ----------------------------------------------------------------------------


def _with_index(text: str, where: str, fresh: list[Mapping[str, Any]], name: str, *, named: bool) -> str:
    front, rest, eol = _split(text, where)
    try:
        node = yaml.compose(front, Loader=yaml.SafeLoader)
        parsed = yaml.safe_load(front)
    except yaml.YAMLError as error:
        raise UsageFault(where, f"the front matter is no YAML: {error}") from None
    if parsed is not None and not isinstance(parsed, dict):
        raise UsageFault(where, "the front matter must be a mapping")
    index = _merged((parsed or {}).get(KEY), where, fresh, name, named=named)
    if isinstance(node, yaml.MappingNode) and node.flow_style:
        raise UsageFault(where, "the front matter is in braces: write one key a line")
    block = yaml.safe_dump({KEY: index}, sort_keys=False, allow_unicode=True).replace("\n", eol)
    start, end = _place(node, front)
    lead = "" if start == 0 or front[:start].endswith(("\n", "\r")) else eol
    return f"{_FENCE}{eol}{front[:start]}{lead}{block}{front[end:]}{_FENCE}{eol}{rest}"


def _split(text: str, where: str) -> tuple[str, str, str]:
    """Front matter, what follows it, and how lines end."""
    eol = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].rstrip() != _FENCE:
        return "", text, eol
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == _FENCE:
            return "".join(lines[1:number]), "".join(lines[number + 1 :]), eol
    raise UsageFault(where, "the front matter does not end")


def _place(node: yaml.Node | None, front: str) -> tuple[int, int]:
    """From where to where the key and its value stand; the end, twice, where they do not."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == KEY:
                return key.start_mark.index, _line_end(front, _end(value))
    return len(front), len(front)


def _end(node: yaml.Node) -> int:
    """Where the last thing that is said in a node ends; a block's own end is where the next one begins."""
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _line_end(front: str, index: int) -> int:
    found = front.find("\n", index)
    return len(front) if found < 0 else found + 1


def _merged(
    present: object, where: str, fresh: list[Mapping[str, Any]], name: str, *, named: bool
) -> list[dict[str, Any]]:
    """The index with our results in the place of our older ones, in the entry of that name or the first."""
    if present is None:
        return [{"name": name, "results": fresh}]
    if not isinstance(present, list) or not all(
        isinstance(entry, dict) and isinstance(entry.get("results", []), list) for entry in present
    ):
        raise UsageFault(where, f"`{KEY}` must be a list of models with `results`")
    entries: list[dict[str, Any]] = [dict(entry) for entry in present]
    mine = next((entry for entry in entries if not named or entry.get("name") == name), None)
    if mine is None:
        return [*entries, {"name": name, "results": fresh}]
    mine["results"] = [*(one for one in mine.get("results", []) if not _ours(one)), *fresh]
    return entries


def _ours(result: object) -> bool:
    dataset = result.get("dataset") if isinstance(result, dict) else None
    kind = dataset.get("type") if isinstance(dataset, dict) else None
    return isinstance(kind, str) and kind.startswith(OURS)
