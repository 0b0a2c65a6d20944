"""The engine seam: what an evaluator of policy must do, and how its answer becomes verdicts.

The embedded interpreter is the default. An OPA server fits behind the same three members: it evaluates
``data.lictor.<phase>`` with ``strict-builtin-errors`` on a thread (``evaluate`` may block; the server calls
it off the event loop when :attr:`Engine.blocking` says so) and hands the sets to :func:`verdicts`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from gateway.core.decision import Effect, Phase, Verdict
from gateway.core.errors import PolicyFault
from gateway.policy.language import (
    MASKINGS,
    OPTIONAL,
    PARAMETERS,
    RESERVED_RULES,
    RULE_ID,
    SETS,
    VERDICT_FIELDS,
    wrong_header,
)
from gateway.policy.plan import Plan

Facts = Mapping[str, object]

_OWN: Mapping[Effect, frozenset[str]] = {effect: PARAMETERS[effect] | OPTIONAL[effect] for effect in Effect}
_ALLOWED: Mapping[Effect, frozenset[str]] = {effect: VERDICT_FIELDS | own for effect, own in _OWN.items()}


class Engine(Protocol):
    """Evaluates one revision of policy. Must be safe to call from several threads."""

    @property
    def revision(self) -> str:
        """Digest of the bundle."""

    @property
    def blocking(self) -> bool:
        """True when a call may wait for something outside this process."""

    def plan(self, facts: Facts) -> Plan:
        """Which checks to run; reads only the facts of :func:`gateway.policy.facts.plan_facts`."""

    def evaluate(self, phase: Phase, facts: Facts) -> tuple[Verdict, ...]:
        """Every rule's view, or :class:`~gateway.core.errors.PolicyFault`; never a partial answer."""


def verdicts(sets: Mapping[str, object], known: Collection[str]) -> tuple[Verdict, ...]:
    """Turn the effect sets of a phase into verdicts; anything malformed is a fault, not an absence.

    ``known`` are the ids of the phase's findings: a redaction that names another one would silently
    leave the text in place.
    """
    return tuple(
        _verdict(Effect(name), item, known) for name, items in sets.items() for item in _list(name, items)
    )


def _list(name: str, items: object) -> Sequence[object]:
    if name not in SETS or not isinstance(items, list):
        raise PolicyFault(f"`{name}` did not produce a set of rule objects")
    return items


def _verdict(effect: Effect, item: object, known: Collection[str]) -> Verdict:
    if not isinstance(item, dict):
        raise PolicyFault(f"a member of `{effect}` is not an object")
    rule = item.get("rule")
    if not isinstance(rule, str) or not RULE_ID.fullmatch(rule) or rule in RESERVED_RULES:
        raise PolicyFault(f"a member of `{effect}` has no usable `rule`")
    if complaint := _wrong(effect, item, known):
        raise PolicyFault(f"`{rule}`: {complaint}")
    return Verdict(
        rule=rule,
        effect=effect,
        reason=item["reason"],
        controls=tuple(item.get("controls", ())),
        findings=tuple(item.get("findings", ())),
        fail=item.get("fail", "closed"),
        params={key: item[key] for key in _OWN[effect] if key in item},
    )


def _wrong(effect: Effect, item: Mapping[str, object], known: Collection[str]) -> str:
    """What is wrong with a rule object, or an empty string."""
    if extra := item.keys() - _ALLOWED[effect]:
        return f"unknown field `{min(extra)}` in `{effect}`"
    if not isinstance(item.get("reason"), str) or not item["reason"]:
        return "`reason` must be a sentence"
    if item.get("fail", "closed") not in {"closed", "open"}:
        return '`fail` must be "closed" or "open"'
    for key in ("controls", "findings"):
        if not _strings(item.get(key, [])):
            return f"`{key}` must be an array of strings"
    return _wrong_findings(effect, item, known) or _wrong_parameters(effect, item)


def _wrong_findings(effect: Effect, item: Mapping[str, object], known: Collection[str]) -> str:
    findings = item.get("findings", [])
    assert isinstance(findings, list)  # noqa: S101 - checked by the caller
    if effect is Effect.REDACT and not findings:
        return "`redact` needs the `findings` to redact"
    if unknown := [finding for finding in findings if finding not in known]:
        return f"there is no finding `{unknown[0]}`"
    return ""


def _wrong_parameters(effect: Effect, item: Mapping[str, object]) -> str:
    for key in sorted(PARAMETERS[effect]):
        if not isinstance(item.get(key), str) or (not item[key] and key != "text"):
            return f"`{effect}` needs `{key}`, a string"
    if effect is Effect.REDACT and item["with"] not in MASKINGS:
        return f"`with` must be one of {', '.join(sorted(MASKINGS))}"
    return _wrong_extras(item)


def _wrong_extras(item: Mapping[str, object]) -> str:
    answer, headers = item.get("answer", "…"), item.get("headers", {})
    if not isinstance(answer, str) or not answer:
        return "`answer` must be a text"
    if not isinstance(headers, dict):
        return "`headers` must be an object"
    return next(filter(None, (wrong_header(name, value) for name, value in headers.items())), "")


def _strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
