"""The report: one document with everything that a backtest found. All other forms are made from it.

Its shape is described in ``docs/how-to/backtest.md``. The same log, bundles and options give the same bytes.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.policy.backtest.changes import ANSWERS, changes, matrix, share
from gateway.policy.backtest.cost import Prices, cost
from gateway.policy.backtest.gate import Check, told, verdict
from gateway.policy.backtest.labels import agreement
from gateway.policy.backtest.sums import Examples, Sums
from gateway.policy.flips import FlipMatrix
from gateway.policy.statistics import wilson

Json = dict[str, Any]
VERSION = "lictor.backtest/1"
MOST_CLUSTERS = 30
MOST_BINS = 48
_MINUTES = (1, 5, 15, 60, 180, 360, 1440, 10_080, 43_200, 525_600)

CAVEATS = (
    "Users adapt: what is stopped today is asked differently tomorrow. This is the first-order effect.",
    "Where the candidate sends on what was stopped, or sends it changed, nobody has seen the answer to that.",
    "A stream is judged again by its last recorded decision; the candidate may have cut it earlier.",
    "Budgets and rates are not counted by this gateway yet, so no rule's answer depends on earlier calls.",
)


@dataclass(frozen=True, slots=True)
class About:
    """What was backtested."""

    origin: str
    size: int
    root: str
    new: str
    """Revision of the candidate."""

    old: tuple[str, ...]
    """Revisions that were at hand to make recorded decisions again."""

    since: str = ""
    until: str = ""
    tenants: tuple[str, ...] = ()
    options: Mapping[str, str] | None = None
    """Limits and sweeps, as they were given."""


def report(about: About, sums: Sums, found: Sequence[Check], prices: Prices | None = None) -> Json:
    """The whole document."""
    document: Json = {
        "schema": VERSION,
        "verdict": verdict(found).value,
        "checks": told(found),
        "log": {"origin": about.origin, "size": about.size, "root": about.root, **_taken(sums)},
        "window": {"since": about.since, "until": about.until, "tenants": sorted(about.tenants)},
        "bundles": {"new": about.new, "old": sorted(about.old)},
        "options": dict(sorted((about.options or {}).items())),
        "reproduction": _reproduction(sums),
        "unreplayable": dict(sorted(sums.unreplayable.items())),
        "revisions": dict(sorted(sums.revisions.items())),
        "refused": sums.refused,
        "unfinished": sums.unfinished,
    }
    if found[0].passed:
        document |= _difference(sums, prices)
    return document


def encoded(document: Json) -> bytes:
    """The document as JSON, for people too; sorted, so that equal documents are equal bytes."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(document, option=options)


def _taken(sums: Sums) -> Json:
    """Which entries were taken, so that somebody else can take the same."""
    indices = sorted(sums.indices)
    digest = hashlib.sha256(b"".join(index.to_bytes(8, "big") for index in indices))
    return {
        "exchanges": len(indices),
        "first": indices[0] if indices else None,
        "last": indices[-1] if indices else None,
        "indices": f"sha256:{digest.hexdigest()}",
    }


def _reproduction(sums: Sums) -> Json:
    found = sums.reproduction
    order = sorted(found.rules, key=lambda rule: (-found.rules[rule].count, rule))
    return {
        "replayed": found.replayed,
        "reproduced": found.reproduced,
        "share": list(wilson(found.reproduced, found.replayed)),
        "rules": [{"rule": rule, **_examples(found.rules[rule])} for rule in order],
    }


def _examples(examples: Examples) -> Json:
    first = [{"index": index, "exchange": exchange} for index, exchange in examples.first]
    return {"count": examples.count, "examples": first}


def _difference(sums: Sums, prices: Prices | None) -> Json:
    return {
        **changes(sums.exchanges, "exchanges"),
        "phases": {"request": matrix(sums.request), "response": matrix(sums.response)},
        "clusters": _clusters(sums),
        "faults": dict(sorted(sums.faults.items())),
        "timeline": _timeline(sums),
        "cost": cost(sums, prices),
        "labels": agreement(sums.labels),
        "sweeps": list(_sweeps(sums)),
        "caveats": list(CAVEATS),
    }


def _clusters(sums: Sums) -> list[Json]:
    order = sorted(sums.clusters, key=lambda key: (-sums.clusters[key].count, key))
    return [
        {"kind": kind, "old": old, "new": new, "rules": list(rules), **_examples(sums.clusters[key])}
        for key in order[:MOST_CLUSTERS]
        for kind, old, new, rules in [key]
    ]


def _timeline(sums: Sums) -> Json:
    minutes = sorted({minute for minute, _ in sums.timeline})
    if not minutes:
        return {"minutes": 1, "bins": []}
    wide = next((w for w in _MINUTES if (minutes[-1] - minutes[0]) // w < MOST_BINS), _MINUTES[-1])
    bins: dict[int, Json] = {}
    for (minute, what), count in sums.timeline.items():
        start = minute // wide * wide
        one = bins.setdefault(start, {"minute": start, "all": 0, "stopped": 0, "released": 0})
        one[what] += count
    return {"minutes": wide, "bins": [bins[start] for start in sorted(bins)]}


def _sweeps(sums: Sums) -> Iterator[Json]:
    paths: dict[str, list[Json]] = {}
    for name, flips in sums.sweeps.items():
        path, _, value = name.partition("=")
        paths.setdefault(path, []).append({"value": value, **_point(flips)})
    for path in sorted(paths):
        yield {"path": path, "points": sorted(paths[path], key=lambda point: float(point["value"]))}


def _point(flips: FlipMatrix) -> Json:
    answers = {answer.value: 0 for answer in ANSWERS}
    for (_, new), count in flips.cells.items():
        answers[new.value] += count
    return {
        "answers": answers,
        "compared": flips.compared,
        "newly_stopped": share(flips, flips.newly_stopped),
        "newly_released": share(flips, flips.newly_released),
    }
