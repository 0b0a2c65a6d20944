"""Replay: from a record back to the facts that policy saw, and to what it decided.

A record is a plain mapping, as ``docs/spec/audit-log.md`` has it. What it withholds, cuts or leaves out is a
*hole*: the path of a fact that policy saw and that is not known here. A hole is never an empty fact.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from gateway.core.decision import Answer, Decision, Effect, FailMode, Mode, Obligation, Phase, Verdict
from gateway.core.finding import Coverage, State
from gateway.core.segment import Segment
from gateway.policy.combine import FAULT
from gateway.policy.facts import VERSION, Fact, coverage_facts, number

Record = Mapping[str, Any]
Hole = tuple[str, ...]
"""Path of a fact, such as ``("exchange", "parameters", "user")``."""

NAME_CAP, VALUE_CAP = 128, 256
"""A name or value this long may have been longer."""

DIGEST = ("segments", "*", "digest")
_EVERY = "*"
_PLANNED = ("endpoint", "dialect", "model", "route", "destinations", "stream")
_CUT: Mapping[str, tuple[Hole, ...]] = {
    "caller.roles": (("caller", "roles"),),
    "destinations": (("exchange", "destinations"),),
    "dialects": (("exchange", "destinations"),),
    "labels": (("exchange", "destinations"),),
    "findings": (("findings",),),
    "installed": (("installed",),),
    "segments": (("segments",),),
    "tools": (("exchange", "tools"),),
    "withheld": (("exchange", "parameters"),),
}
"""Which facts are lost with the tail of a list."""

_HARMLESS = frozenset({"decision.verdicts", "decision.obligations"})


class Unreplayable(ValueError):
    """A record from which the facts cannot be had; the message says why, in a word or two."""


@dataclass(frozen=True, slots=True)
class Replay:
    """One judgement of the log, as far as its record tells."""

    exchange: str
    phase: Phase
    decision: Decision
    """What was decided. Parameters of verdicts are those of their obligations; others are not recorded."""

    partial: bool
    """True when some of the decision's verdicts were cut."""

    facts: Mapping[str, object]
    """What policy saw, without ``coverage``, to which the plan contributes."""

    planning: Mapping[str, object]
    """What the plan's rules saw."""

    installed: tuple[str, ...]
    segments: Sequence[Segment]
    """Without their texts."""

    coverage: tuple[Coverage, ...]
    holes: frozenset[Hole]

    def seen(self, coverage: Sequence[Coverage]) -> Fact:
        """All facts, when this was all the coverage."""
        return {**self.facts, "coverage": coverage_facts(tuple(coverage), len(self.segments))}


def replay(call: Record, judged: Record, request: Decision | None = None) -> Replay:
    """The judgement in ``judged``: a decision record itself, or the outcome record of the same exchange.

    ``request`` is the request phase's decision, for the judgement of a response.

    Raises:
        Unreplayable: the record is no more than a stub, is not in the published shape, lost what decisions
            are made from, or tells of a fault of the engine.
    """
    try:
        return _replay(call, judged, request)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, Unreplayable):
            raise
        raise Unreplayable("malformed") from None


def _replay(call: Record, judged: Record, request: Decision | None) -> Replay:
    holes = {*_lost(call), *_lost(judged)}
    decision = decision_of(judged)
    if any(verdict.rule == FAULT for verdict in decision.verdicts):
        raise Unreplayable("policy fault")
    segments = _segments(judged)
    coverage = tuple(_coverage(judged, [segment.id for segment in segments]))
    exchange, caller = _exchange(call, holes), _caller(call["caller"], holes)
    if segments and "digest" not in judged["segments"][0]:
        holes.add(DIGEST)
    facts: Fact = {
        "v": VERSION,
        "phase": decision.phase,
        "exchange": exchange,
        "caller": caller,
        "usage": {},
        "size": _size(call, judged, segments),
        "segments": [_segment(each) for each in judged["segments"]],
        "findings": [_finding(each, holes) for each in judged["findings"]],
        "time": {"unix_ms": call["received_ms"] + _after(judged, holes)},
    }
    if decision.phase == "response":
        facts |= _answered(judged, request, holes)
    installed = _installed(call, holes)
    planning = _planning(exchange, caller, installed)
    partial = not _HARMLESS.isdisjoint(judged.get("truncated", ()))
    return Replay(
        call["exchange"], decision.phase, decision, partial, facts, planning, installed, segments, coverage,
        frozenset(holes),
    )  # fmt: skip


def _lost(record: Record) -> Iterator[Hole]:
    """What a record that was too long has lost."""
    for path in record.get("truncated", ()):
        if path not in _CUT and path not in _HARMLESS:
            raise Unreplayable("truncated")
        yield from _CUT.get(path, ())


# --- the call -----------------------------------------------------------------------------------------------


def _exchange(call: Record, holes: set[Hole]) -> Fact:
    parameters = {name: _parameter(value) for name, value in call.get("parameters", {}).items()}
    for name in call.get("withheld", ()):
        holes.add(("exchange", "parameters", name))
    _names((*parameters, *call.get("withheld", ())), ("exchange", "parameters"), holes)
    _names((call["model"],), ("exchange", "model"), holes, escaped=False)
    _names(call.get("tools", ()), ("exchange", "tools"), holes, escaped=False)
    return {
        "id": call["exchange"],
        "endpoint": call["endpoint"],
        "dialect": call["dialect"],
        "model": call["model"],
        "route": call["route"],
        "destinations": _destinations(call, holes),
        "stream": call["stream"],
        "parameters": parameters,
        "tools": list(call.get("tools", ())),
        "body_bytes": call["bytes"],
    }


def _names(names: Iterable[str], where: Hole, holes: set[Hole], *, escaped: bool = True) -> None:
    """A name that may have been cut, or that is spelled with escapes, is not the name that policy saw."""
    if any(len(name) >= NAME_CAP or (escaped and "\\" in name) for name in names):
        holes.add(where)


def _parameter(value: object) -> object:
    """A fraction, or a whole number too large for JSON, is spelled as a string."""
    if not isinstance(value, str):
        return value
    try:
        return number(int(value))
    except ValueError:
        return float(value)


def _destinations(call: Record, holes: set[Hole]) -> list[Fact]:
    names = call.get("destinations", ())
    dialects, labels = call.get("dialects", ()), call.get("labels", [{} for _ in names])
    if not len(names) == len(dialects) == len(labels):
        holes.add(("exchange", "destinations"))
        return []
    for each in labels:
        _texts(each, ("exchange", "destinations"), holes)
    return [
        {"name": name, "dialect": dialect, "labels": label}
        for name, dialect, label in zip(names, dialects, labels, strict=True)
    ]


def _texts(texts: Mapping[str, str], where: Hole, holes: set[Hole]) -> None:
    _names(texts, where, holes)
    for name, value in texts.items():
        if len(value) >= VALUE_CAP:
            holes.add((*where, name))


def _caller(caller: Record, holes: set[Hole]) -> Fact:
    attributes = caller.get("attributes", {})
    _texts(attributes, ("caller", "attributes"), holes)
    return {
        "key": caller.get("key", ""),
        "tenant": caller["tenant"],
        "app": caller.get("app", ""),
        "roles": list(caller.get("roles", ())),
        "attributes": attributes,
    }


def _installed(call: Record, holes: set[Hole]) -> tuple[str, ...]:
    if "installed" not in call:
        holes.add(("installed",))
    return tuple(call.get("installed", ()))


def _planning(exchange: Fact, caller: Fact, installed: tuple[str, ...]) -> Fact:
    return {
        "v": VERSION,
        "phase": "plan",
        "exchange": {name: exchange[name] for name in _PLANNED},
        "caller": caller,
        "installed": list(installed),
    }


# --- what was judged ----------------------------------------------------------------------------------------


def _after(judged: Record, holes: set[Hole]) -> int:
    """Milliseconds from arrival to the question."""
    if "seen" in judged:
        return int(judged["seen"]["after_ms"])
    if "decision_ms" in judged and "installed" in judged:
        return int(judged["decision_ms"])
    holes.add(("time",))
    return 0


def _answered(judged: Record, request: Decision | None, holes: set[Hole]) -> Fact:
    """What is told in the response phase only."""
    seen = judged.get("seen", {})
    if "status" not in seen:
        holes.add(("response",))
    _names((seen.get("finish", ""),), ("response", "finish"), holes, escaped=False)
    return {
        "request": request_facts(request),
        "response": {"status": seen.get("status", 0), "finish": seen.get("finish", "")},
    }


def request_facts(decision: Decision | None) -> Fact:
    """The request's decision as the response phase sees it."""
    if decision is None:
        return {"answer": "", "rules": []}
    rules = sorted({verdict.rule for verdict in decision.verdicts})
    return {"answer": decision.answer.value, "rules": rules}


def _size(call: Record, judged: Record, segments: Sequence[Segment]) -> Fact:
    characters = judged.get("characters")
    if characters is None:
        characters = sum(segment["length"] for segment in judged["segments"])
    return {
        "body_kib": -(-call["bytes"] // 1024),
        "segments": len(segments),
        "kilocharacters": -(-characters // 1000),
    }


def _segments(judged: Record) -> tuple[Segment, ...]:
    """The segments without texts; of those that were cut only the ids are known, which go on in order."""
    kept = [
        Segment(each["id"], each["role"], each["kind"], each["pointer"], "") for each in judged["segments"]
    ]
    cut = judged.get("truncated", {}).get("segments", 0)
    more = range(len(kept), len(kept) + cut)
    return (*kept, *(Segment(f"s{position}", "user", "text", "", "") for position in more))


def _segment(segment: Record) -> Fact:
    fact = {name: segment[name] for name in ("id", "role", "kind", "length")}
    return fact | {"digest": segment["digest"]} if "digest" in segment else fact


def _finding(finding: Record, holes: set[Hole]) -> Fact:
    if "role" not in finding:
        holes.add(("findings",))
    return {**finding, "score": finding["score"] / 1000}


def _coverage(judged: Record, every: Sequence[str]) -> Iterator[Coverage]:
    """Coverage entry by entry; ``["*"]`` stands for every segment of the record."""
    for group in judged["coverage"]:
        state, reason = State(group["state"]), group.get("reason", "")
        if len(reason) >= NAME_CAP:
            raise Unreplayable("truncated")
        places = every if group["segments"] == [_EVERY] else group["segments"]
        for detector in group["detectors"]:
            yield from (Coverage(place, detector, state, reason) for place in places)


# --- what was decided ---------------------------------------------------------------------------------------


def decision_of(judged: Record) -> Decision:
    """The recorded decision; raises :class:`Unreplayable` where there is none."""
    if "decision" not in judged:
        raise Unreplayable("no decision")
    said = judged["decision"]
    obligations = tuple(_obligation(each) for each in said.get("obligations", ()))
    params = {(each.rule, each.effect, each.findings): each.params for each in obligations}
    return Decision(
        cast("Phase", said["phase"]),
        Answer(said["answer"]),
        tuple(_verdict(each, params) for each in said.get("verdicts", ())),
        obligations,
        said["revision"],
        cast("Mode", said["mode"]),
    )


def _obligation(said: Record) -> Obligation:
    findings = tuple(said.get("findings", ()))
    return Obligation(Effect(said["effect"]), said["rule"], findings, said.get("params", {}))


Params = Mapping[tuple[str, Effect, tuple[str, ...]], Mapping[str, object]]
"""Parameters of obligations, by the verdict behind them."""


def _verdict(said: Record, params: Params) -> Verdict:
    effect, findings = Effect(said["effect"]), tuple(said.get("findings", ()))
    return Verdict(
        said["rule"],
        effect,
        said["reason"],
        tuple(said.get("controls", ())),
        findings,
        cast("FailMode", said["fail"]),
        params.get((said["rule"], effect, findings), {}),
    )
