"""Records of what happens to evidence and content after the fact. Pure builders, free of content.

Schema: ``docs/spec/audit-log.md``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gateway.audit.record import NAME_CAP, REASON_CAP
from gateway.audit.retention.holds import Hold

Record = dict[str, Any]


class Actor(NamedTuple):
    """Who did it."""

    by: str
    """Who says that they did; nothing here proves it."""

    user: str
    """The user of the operating system that ran the command."""


def erasure_record(actor: Actor, *, request: str, basis: str, key: str, contents: int) -> Record:
    """A holder's key that is destroyed, on whose request, and how many bodies it opened."""
    return {
        "type": "erasure",
        "request": request[:NAME_CAP],
        "basis": basis[:REASON_CAP],
        "key": key,
        "contents": contents,
        **_actor(actor),
    }


def access_record(actor: Actor, *, exchange: str, phases: Sequence[str], reason: str) -> Record:
    """Somebody is about to be shown content."""
    return {
        "type": "access",
        "exchange": exchange,
        "phases": list(phases),
        "reason": reason[:REASON_CAP],
        **_actor(actor),
    }


def hold_record(actor: Actor, hold: Hold, *, release: bool = False) -> Record:
    """A legal hold that is added or released."""
    scope: Record = {"exchange": hold.exchange, "tenant": hold.tenant}
    scope |= {"since_ms": hold.since_ms, "until_ms": hold.until_ms}
    return {
        "type": "hold",
        "action": "release" if release else "add",
        "name": hold.name,
        "scope": {name: value for name, value in scope.items() if value},
        "reason": hold.reason[:REASON_CAP],
        **_actor(actor),
    }


def retention_record(  # noqa: PLR0913
    actor: Actor,
    *,
    minimum: int,
    previous: int,
    classes: Mapping[str, int],
    boots: Sequence[Mapping[str, Any]],
    contents: int = 0,
    export: str = "",
) -> Record:
    """What is about to be pruned.

    Args:
        actor: who prunes.
        minimum: index of the first entry that stays.
        previous: what it was before.
        classes: how many of the entries between were of each retention class.
        boots: ``node``, ``boot`` and ``next`` number of every boot that goes on at *minimum*.
        contents: bodies removed from the vault.
        export: SHA-256 of the file that the entries were written to first.
    """
    record: Record = {
        "type": "retention",
        "minimum": minimum,
        "previous": previous,
        "classes": dict(classes),
        "boots": [dict(boot) for boot in boots],
        "contents": contents,
        **_actor(actor),
    }
    return record | {"export": export} if export else record


def report_record(  # noqa: PLR0913
    actor: Actor, *, kind: str, report: str, size: int, root: str, bundle: str = ""
) -> Record:
    """A report that somebody made of the log.

    Args:
        actor: who made it.
        kind: kind of report.
        report: SHA-256 of it as JSON.
        size: entries of the log that it was made from.
        root: their root, in hex.
        bundle: SHA-256 of its evidence bundle, if there is one.
    """
    record: Record = {"type": "report", "kind": kind, "report": report, "size": size, "root": root}
    record |= _actor(actor)
    return record | {"bundle": bundle} if bundle else record


def _actor(actor: Actor) -> Record:
    return {"by": actor.by[:NAME_CAP], "user": actor.user[:NAME_CAP]}
