"""Facts: the policy input, version 1. What rules see, and all that they see; never any text.

The published shape is :func:`gateway.policy.schema.schema`; this module only fills it in.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from gateway.core.decision import Decision, Phase
from gateway.core.exchange import Caller, Destination, Exchange
from gateway.core.finding import Coverage, Finding, State, per_mille
from gateway.core.segment import Segment

VERSION = 1
FINISHED = (State.OK, State.NOT_APPLICABLE)

_WIDEST = 2**63
_LARGEST = int(sys.float_info.max)

Fact = dict[str, object]
Digest = Callable[[str], str]


class Facts(Mapping[str, object]):
    """The input of one phase, by name. A fact is worked out when somebody first asks for it."""

    __slots__ = ("_made", "_makers")

    def __init__(self, makers: Mapping[str, Callable[[], object]]) -> None:
        self._makers = makers
        self._made: Fact = {}

    def __getitem__(self, name: str) -> object:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def facts(  # noqa: PLR0913, PLR0917 - one parameter for each thing that rules may read
    phase: Phase,
    exchange: Exchange,
    segments: Sequence[Segment],
    findings: Sequence[Finding],
    coverage: Sequence[Coverage],
    digest: Digest | None,
    now_ms: int,
    *,
    usage: Mapping[str, object] | None = None,
    request: Decision | None = None,
    response: Mapping[str, object] | None = None,
) -> Facts:
    """The input of one phase.

    ``digest`` names a text without giving it away (keyed, by the caller); pass None where no rule reads
    digests, and segments carry none. ``request`` is the request phase's decision, ``response`` the
    upstream's ``status`` and ``finish``; both appear in the response phase only.
    """
    makers: dict[str, Callable[[], object]] = {
        "v": lambda: VERSION,
        "phase": lambda: phase,
        "exchange": lambda: _exchange(exchange),
        "caller": lambda: _caller(exchange.caller),
        "usage": lambda: dict(usage or {}),
        "size": lambda: _size(exchange, segments),
        "segments": lambda: [_segment(segment, digest) for segment in segments],
        "findings": lambda: _findings(findings, segments),
        "coverage": lambda: coverage_facts(tuple(coverage), len(segments)),
        "time": lambda: {"unix_ms": now_ms},
    }
    if phase == "response":
        makers["request"] = lambda: _request(request)
        makers["response"] = lambda: {"status": 0, "finish": "", **(response or {})}
    return Facts(makers)


def plan_facts(exchange: Exchange, installed: Sequence[str] = ()) -> Fact:
    """The input of the plan: the few facts that repeat from call to call, and nothing else."""
    return {
        "v": VERSION,
        "phase": "plan",
        "exchange": {
            "endpoint": exchange.endpoint,
            "dialect": exchange.dialect,
            "model": exchange.model,
            "route": exchange.route,
            "destinations": [_destination(destination) for destination in exchange.destinations],
            "stream": exchange.stream,
        },
        "caller": _caller(exchange.caller),
        "installed": list(installed),
    }


def _exchange(exchange: Exchange) -> Fact:
    return {
        "id": exchange.id,
        "endpoint": exchange.endpoint,
        "dialect": exchange.dialect,
        "model": exchange.model,
        "route": exchange.route,
        "destinations": [_destination(destination) for destination in exchange.destinations],
        "stream": exchange.stream,
        "parameters": {name: number(value) for name, value in exchange.parameters.items()},
        "tools": list(exchange.tools),
        "body_bytes": exchange.body_bytes,
    }


def _destination(destination: Destination) -> Fact:
    return {"name": destination.name, "dialect": destination.dialect, "labels": dict(destination.labels)}


def _caller(caller: Caller) -> Fact:
    return {
        "key": caller.key,
        "tenant": caller.tenant,
        "app": caller.app,
        "roles": list(caller.roles),
        "attributes": dict(caller.attributes),
    }


def _size(exchange: Exchange, segments: Sequence[Segment]) -> Fact:
    """Sizes in coarse steps: many exchanges share them, so rules that read only them are soon remembered."""
    return {
        "body_kib": -(-exchange.body_bytes // 1024),
        "segments": len(segments),
        "kilocharacters": -(-sum([len(segment.text) for segment in segments]) // 1000),
    }


def _segment(segment: Segment, digest: Digest | None) -> Fact:
    fact: Fact = {
        "id": segment.id,
        "role": segment.role,
        "kind": segment.kind,
        "length": len(segment.text),
    }
    if digest is not None:
        fact["digest"] = digest(segment.text)
    return fact


def _findings(findings: Sequence[Finding], segments: Sequence[Segment]) -> list[Fact]:
    if not findings:
        return []
    roles = {segment.id: segment.role for segment in segments}
    return [_finding(finding, roles.get(finding.segment, "")) for finding in findings]


def _finding(finding: Finding, role: str) -> Fact:
    return {
        "id": finding.id,
        "detector": finding.detector,
        "version": finding.version,
        "category": finding.category,
        "label": finding.label,
        "score": per_mille(finding.score) / 1000,
        "segment": finding.segment,
        "role": role,
        "start": finding.start,
        "end": finding.end,
    }


@lru_cache(1024)
def coverage_facts(coverage: tuple[Coverage, ...], segments: int) -> list[Fact]:
    """Entries by detector; one that fared equally well on every segment is a single entry for ``*``.

    Nothing is lost by that, and a long conversation does not pay for its size times the number of detectors.
    Sorted: a record groups them, and what is rebuilt from it must be the same facts.
    """
    by_detector: dict[str, list[Coverage]] = {}
    for entry in sorted(coverage):
        by_detector.setdefault(entry.detector, []).append(entry)
    return [fact for entries in by_detector.values() for fact in _fared(entries, segments)]


def _fared(entries: list[Coverage], segments: int) -> list[Fact]:
    first = entries[0]
    alike = all(entry.state is first.state and entry.reason == first.reason for entry in entries)
    if alike and first.state in FINISHED and first.detector != "*" and len(entries) == segments > 1:
        return [_entry("*", first)]
    return [_entry(entry.segment, entry) for entry in entries]


def _entry(segment: str, entry: Coverage) -> Fact:
    return {
        "segment": segment,
        "detector": entry.detector,
        "state": entry.state.value,
        "reason": entry.reason,
    }


def _request(decision: Decision | None) -> Fact:
    if decision is None:
        return {"answer": "", "rules": []}
    return {
        "answer": decision.answer.value,
        "rules": sorted({verdict.rule for verdict in decision.verdicts}),
    }


def number(value: object) -> object:
    """A whole number that no engine holds, as the number of its size that every engine holds."""
    if isinstance(value, int) and not -_WIDEST <= value < _WIDEST:
        return float(max(-_LARGEST, min(value, _LARGEST)))
    return value
