"""A plausible input of each phase, and partial facts laid over it: what tests need not say themselves."""

from collections.abc import Mapping
from typing import Literal

from gateway.policy.facts import Fact
from gateway.policy.schema import PLAN_EXCHANGE, PLAN_FIELDS

InputPhase = Literal["plan", "request", "response"]

INSTALLED = ("patterns", "secrets")
"""The detectors that every gateway has."""

_DESTINATION: Fact = {"name": "example", "dialect": "openai_chat", "labels": {}}
_SEGMENT: Fact = {"kind": "text", "length": 40}
_FINDING: Fact = {
    "detector": "patterns", "version": "1", "category": "pii", "label": "email", "score": 1.0,
    "segment": "s0", "start": 0, "end": 16,
}  # fmt: skip
_COVERAGE: Fact = {"segment": "*", "detector": "*", "state": "not_run", "reason": ""}
_EXCHANGE: Fact = {
    "id": "00000000", "endpoint": "chat.completions", "dialect": "openai_chat", "model": "", "route": "*",
    "destinations": [_DESTINATION], "stream": False, "parameters": {}, "tools": [], "body_bytes": 64,
}  # fmt: skip
_CALLER: Fact = {"key": "", "tenant": "example", "app": "", "roles": [], "attributes": {}}
_SPEAKERS = {"plan": "user", "request": "user", "response": "assistant"}
_ITEMS: Mapping[str, Fact] = {"segments": _SEGMENT, "findings": _FINDING, "coverage": _COVERAGE}
"""What an entry of a list says where it is silent."""


def specimen(phase: InputPhase) -> Fact:
    """A short question of one user to one external upstream, in which nothing was found. It names no model,
    so that lists of models have nothing to say."""
    if phase == "plan":
        exchange = {name: value for name, value in _EXCHANGE.items() if name in PLAN_EXCHANGE}
        return {"v": 1, "phase": "plan", "exchange": exchange, "caller": _CALLER, "installed": [*INSTALLED]}
    facts: Fact = {
        "v": 1,
        "phase": phase,
        "exchange": _EXCHANGE,
        "caller": _CALLER,
        "usage": {},
        "size": {"body_kib": 1, "segments": 1, "kilocharacters": 1},
        "segments": [{"id": "s0", **_SEGMENT, "role": _SPEAKERS[phase]}],
        "findings": [],
        "coverage": [],
        "time": {"unix_ms": 1_767_225_600_000},
    }
    if phase == "response":
        facts |= {"request": {"answer": "allow", "rules": []}, "response": {"status": 200, "finish": "stop"}}
    return facts


def completed(phase: InputPhase, partial: Mapping[str, object]) -> Fact:
    """``partial`` over the specimen: objects member by member, lists as a whole, their entries completed."""
    whole = _over(specimen(phase), partial)
    for name, entry in _ITEMS.items():
        if isinstance(items := partial.get(name), list):
            spoken = {"role": _SPEAKERS[phase]} if name == "segments" else {}
            whole[name] = [_entry(name, entry | spoken, place, item) for place, item in enumerate(items)]
    if isinstance(segments := whole.get("segments"), list):
        _attributed(whole, {item.get("id"): item.get("role") for item in segments if isinstance(item, dict)})
    _routed(whole, partial)
    return whole


def plan_part(facts: Mapping[str, object]) -> Fact:
    """What the plan saw of an exchange with these facts; detectors that were covered are installed."""
    part = {name: facts[name] for name in PLAN_FIELDS if name in facts}
    exchange = part.get("exchange")
    if isinstance(exchange, Mapping):
        part["exchange"] = {name: value for name, value in exchange.items() if name in PLAN_EXCHANGE}
    return {**part, "phase": "plan", "installed": part.get("installed") or _covered(facts)}


def _covered(facts: Mapping[str, object]) -> list[str]:
    entries = facts.get("coverage")
    told = {str(entry["detector"]) for entry in entries} if isinstance(entries, list) else set()
    return sorted(told - {"*"} | {*INSTALLED})


def _over(under: Fact, over: Mapping[str, object]) -> Fact:
    merged = dict(under)
    for name, value in over.items():
        below = merged.get(name)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[name] = _over(below, value) if both else value  # type: ignore[arg-type]
    return merged


def _entry(name: str, defaults: Fact, place: int, item: object) -> object:
    if not isinstance(item, dict):
        return item
    own: Fact = {} if name == "coverage" else {"id": f"{name[0]}{place}"}
    if name == "findings" and item.get("category", "pii") != "pii":
        own |= {"label": item["category"]}
    return {**defaults, **own, **item}


def _attributed(whole: Fact, roles: Mapping[object, object]) -> None:
    """Findings speak with the role of their segment unless they say otherwise."""
    if isinstance(findings := whole.get("findings"), list):
        whole["findings"] = [
            {"role": roles.get(item.get("segment"), ""), **item} if isinstance(item, dict) else item
            for item in findings
        ]


def _routed(whole: Fact, partial: Mapping[str, object]) -> None:
    given = partial.get("exchange")
    if isinstance(given, dict) and isinstance(given.get("destinations"), list):
        assert isinstance(whole["exchange"], dict)  # noqa: S101 - merged from two objects
        whole["exchange"]["destinations"] = [
            {**_DESTINATION, **item} if isinstance(item, dict) else item for item in given["destinations"]
        ]
