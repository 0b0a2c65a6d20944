"""What ``explain`` and ``trace`` are asked about: facts in a file, or the record of an exchange."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import click
import orjson

from gateway.audit.stores.opening import Place
from gateway.core.decision import Decision
from gateway.core.errors import ConfigError
from gateway.policy.bundle import Bundle
from gateway.policy.conforming import wrong
from gateway.policy.matter import gaps
from gateway.policy.probe import Probe
from gateway.policy.replay import Replay, Unreplayable, replay
from gateway.policy.schema import plan_schema, schema
from gateway.policy.specimen import InputPhase, completed, plan_part

FACTS = click.option(
    "--input",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Facts (JSON); what they leave out is as in an ordinary exchange.",
)
WHICH = click.option(
    "--bundle",
    type=click.Path(exists=True, path_type=Path),
    help="The bundle to ask; without one, the baseline.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One judgement to look into."""

    phase: InputPhase
    facts: Mapping[str, Any]
    planning: Mapping[str, object]
    recorded: Decision | None = None
    """What was decided at the time, where a record tells."""

    holes: tuple[str, ...] = ()
    """Facts that policy saw and the record does not hold."""


def from_file(file: Path, phase: str = "") -> Asked:
    """Facts from JSON; what they leave out is as in :func:`gateway.policy.specimen.specimen`.

    Raises:
        ConfigError: no JSON, or not of the published shape.
    """
    try:
        given = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ConfigError(f"{file}:{error.lineno}: not valid JSON: {error.msg}") from None
    if not isinstance(given, dict):
        raise ConfigError(f"{file}:1: the file must hold an object")
    asked = cast("InputPhase", phase or given.get("phase", "request"))
    if asked not in {"plan", "request", "response"}:
        raise ConfigError(f"{file}:1: phase: must be one of plan, request, response")
    facts = completed(asked, {**given, "phase": asked})
    for place, message in wrong(facts, plan_schema() if asked == "plan" else schema()):
        raise ConfigError(f"{file}: {'.'.join(map(str, place)) or 'input'}: {message}")
    return Asked(asked, facts, plan_part(facts))


def from_log(log: Place, exchange: str, bundle: Bundle) -> list[Asked]:
    """Both phases of a recorded exchange, as far as there were two; empty where the log knows none.

    Raises:
        ConfigError: the record does not hold the facts.
    """
    from gateway.audit.reader import find

    try:
        found = [record for _, record in find(log, exchange)]
        return [_asked(judged, bundle) for judged in _replayed(found)]
    except Unreplayable as error:
        raise ConfigError(f"{exchange}: the facts cannot be had from the record: {error}") from None


def _replayed(records: list[dict[str, Any]]) -> Iterator[Replay]:
    call = next((record for record in records if record["type"] == "decision"), None)
    if call is None:
        return
    request = replay(call, call)
    yield request
    for outcome in (record for record in records if record["type"] == "outcome" and "decision" in record):
        yield replay(call, outcome, request.decision)


def _asked(judged: Replay, bundle: Bundle) -> Asked:
    planned = Probe(bundle).plan(judged.planning).of(judged.phase)
    covered = (*judged.coverage, *gaps(judged.segments, judged.coverage, planned))
    holes = tuple(sorted(".".join(hole) for hole in judged.holes))
    return Asked(judged.phase, judged.seen(covered), judged.planning, judged.decision, holes)
