"""Expiry: from where on a log must be kept. Entries go only from the front, whole bundles at a time."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.audit.reader import minimum, records
from gateway.audit.retention.classes import Retention
from gateway.audit.retention.holds import Hold, holding
from gateway.audit.tiles import WIDTH

Record = Mapping[str, Any]
Boot = tuple[str, str]

QUIET = 100
"""How many boots are remembered that have neither ended nor gone on yet."""


@dataclass(slots=True)
class Expiry:
    """What may go."""

    previous: int = 0
    """Index of the first entry that is there now."""

    minimum: int = 0
    """Index of the first entry that stays."""

    classes: dict[str, int] = field(default_factory=dict)
    """How many entries go, by retention class."""

    why: str = ""
    """Why nothing more goes."""

    boots: list[dict[str, Any]] = field(default_factory=list)
    """The boots that go on at the minimum, each with its next number."""


def expiry(log: Path, retention: Retention, holds: Collection[Hold], now_ms: int) -> Expiry:
    """How far a log may be pruned. Nothing is verified here: verify before you prune."""
    found = Expiry(previous=minimum(log))
    found.minimum = found.previous
    keeping = _Keeping(retention, holds, now_ms)
    running: dict[Boot, int] = {}
    counts: Counter[str] = Counter()
    for index, record in records(log):
        if index % WIDTH == 0:
            found.minimum, found.classes = index, dict(counts)
            found.boots = [_going_on(boot, due) for boot, due in running.items()]
        found.why = keeping.why(index, record)
        if found.why:
            break
        counts[keeping.class_of(record)] += 1
        _follow(running, record)
    else:
        found.why = "the newest entries stay: they fill no bundle, or are the last one"
    found.boots = _open_ones(found, log) if found.minimum > found.previous else []
    return found


class _Keeping:
    """Why a record must stay."""

    def __init__(self, retention: Retention, holds: Collection[Hold], now_ms: int) -> None:
        self._retention = retention
        self._holds = holds
        self._now_ms = now_ms
        self._routed: dict[str, str] = {}

    def class_of(self, record: Record) -> str:
        """Its class; an outcome's is that of its decision."""
        exchange = record.get("exchange")
        routed = {**record, "route": self._routed.get(exchange, "")} if exchange else record
        return self._retention.class_of(routed)

    def why(self, index: int, record: Record) -> str:
        """Empty if it may go."""
        if record.get("route") in self._retention.routes:
            self._routed[str(record.get("exchange"))] = record["route"]
        hold = holding(self._holds, record)
        if hold:
            return f"entry {index} is under legal hold {hold.name}"
        name = self.class_of(record)
        until = record["ts"] + self._retention.periods[name]
        if until > self._now_ms:
            return f"entry {index} is kept by {name} until {_day(until)}"
        return ""


def _follow(running: dict[Boot, int], record: Record) -> None:
    boot = (record["node"], record["boot"])
    if record["type"] == "close":
        running.pop(boot, None)
    else:
        running.pop(boot, None)  # in the order of their last records
        running[boot] = record["seq"] + 1


def _open_ones(found: Expiry, log: Path) -> list[dict[str, Any]]:
    """Of the boots that had not ended, those that are seen again, and of the others the newest: most of them
    crashed, but one may only be quiet."""
    later = {(r["node"], r["boot"]) for index, r in records(log) if index >= found.minimum}
    seen = [boot for boot in found.boots if (boot["node"], boot["boot"]) in later]
    return [*seen, *[boot for boot in found.boots if boot not in seen][-QUIET:]]


def _going_on(boot: Boot, due: int) -> dict[str, Any]:
    return {"node": boot[0], "boot": boot[1], "next": due}


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()
