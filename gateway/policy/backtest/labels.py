"""Labels: what people say should have been stopped, and how often each side agrees."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from gateway.core.errors import ConfigError
from gateway.policy.statistics import wilson

Json = dict[str, Any]


def read_labels(path: Path) -> dict[str, bool]:
    """Read JSON Lines of ``{"exchange": …, "should_deny": true}``.

    Raises:
        ConfigError: a line cannot be read.
    """
    found: dict[str, bool] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if line.strip():
            exchange, label = _label(path, number, line)
            found[exchange] = label
    return found


def _label(path: Path, number: int, line: bytes) -> tuple[str, bool]:
    try:
        row = orjson.loads(line)
        exchange, label = row["exchange"], row["should_deny"]
    except (KeyError, TypeError, ValueError):
        exchange = label = None
    if not isinstance(exchange, str) or not isinstance(label, bool):
        raise ConfigError(f'{path}:{number}: a label looks like {{"exchange": "01…", "should_deny": true}}')
    return exchange, label


def agreement(counts: Counter[tuple[str, bool, bool]]) -> Json:
    """Precision and recall of each side over the labelled exchanges."""
    return {side: _side(side, counts) for side in ("old", "new")} if counts else {}


def _side(side: str, counts: Counter[tuple[str, bool, bool]]) -> Json:
    right, missed = counts[side, True, True], counts[side, True, False]
    wrong, passed = counts[side, False, True], counts[side, False, False]
    return {
        "rightly_stopped": right,
        "wrongly_stopped": wrong,
        "missed": missed,
        "rightly_passed": passed,
        "precision": list(wilson(right, right + wrong)),
        "recall": list(wilson(right, right + missed)),
    }
