"""The tally: one pass over the evidence, counted by facet, with the records behind every number.

A facet is a name and a key, such as ``("rule", "pii.replaced")``. Callers choose some keys (models,
tenants, tools), so a facet that grows beyond :data:`MOST` keys counts the rest as one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reports.boots import Boots
from reports.catalogue import Catalogue
from reports.clauses import Clauses
from reports.evidence import Entry, Evidence, Exchange, Pairing
from reports.kinds import KNOWN
from reports.model import NONE, Support
from reports.text import day
from reports.trace import Trace

MOST = 1000
"""Keys of one facet that are told apart."""

OTHERS = ("(others)",)

Key = tuple[str, ...]
Facet = tuple[str, Key]


@dataclass(slots=True)
class Tally:
    """Counts by facet. Made by :func:`tallied`."""

    clauses: Clauses = field(default_factory=Clauses)
    boots: Boots = field(default_factory=Boots)
    prunings: list[Entry] = field(default_factory=list)
    """Every ``retention`` record of the log: what it says of the beginning counts for any period."""

    unmatched: list[Entry] = field(default_factory=list)
    """Decisions without an outcome, the first :data:`MOST` of them."""

    sums: dict[str, int] = field(default_factory=dict)
    """Tokens and bytes."""

    revisions: dict[str, tuple[int, int]] = field(default_factory=dict)
    """First and last time that each policy revision decided."""

    _facets: dict[str, dict[Key, Trace]] = field(default_factory=dict)

    def add(self, entry: Entry, facet: str, *key: str) -> None:
        """Count one record under a facet."""
        keys = self._facets.get(facet)
        if keys is None:
            keys = self._facets[facet] = {}
        trace = keys.get(key)
        if trace is None:
            key = key if len(keys) < MOST else OTHERS
            trace = keys.setdefault(key, Trace())
        trace.add(entry)

    def of(self, facet: str, *prefix: str) -> Mapping[Key, Support]:
        """All keys of a facet that begin so, sorted, and what was counted under each."""
        found = self._facets.get(facet, {})
        wide = len(prefix)
        return {key: found[key].support for key in sorted(found) if key[:wide] == prefix}

    def one(self, facet: str, *key: str) -> Support:
        """What was counted under one key."""
        trace = self._facets.get(facet, {}).get(key)
        return trace.support if trace else NONE

    def total(self, name: str, number: object) -> None:
        """Add to a sum."""
        if isinstance(number, int):
            self.sums[name] = self.sums.get(name, 0) + number

    # -- one record, one exchange ----------------------------------------------------------------

    def take(self, entry: Entry) -> None:
        """Count a record of the period."""
        kind = entry.type
        self.add(entry, "record" if entry.record else "undecodable", kind)
        if entry.record and kind not in KNOWN:
            self.add(entry, "unknown_type", kind)
        if entry.record.get("truncated"):
            self.add(entry, "truncated", kind)
        if kind == "bundle":
            accepted = "accepted" if entry.record.get("accepted") is True else "rejected"
            self.add(entry, "bundle", _text(entry.record, "revision"), accepted)
        if kind == "refused":
            self.add(entry, "refused", _text(entry.record, "code"))
        verdicts: list[Mapping[str, Any]] = []
        for judged in _judgement(entry.record):
            verdicts += _objects(judged, "verdicts")
            self._judged(entry, judged)
        rules = frozenset(_text(verdict, "rule") for verdict in verdicts)
        named = frozenset(str(control) for verdict in verdicts for control in _list(verdict, "controls"))
        self.add(entry, "clause", "*")
        for clause in self.clauses.touched(kind, rules, named):
            self.add(entry, "clause", clause)

    def join(self, exchange: Exchange) -> None:
        """Count an exchange that was decided in the period."""
        decision, outcome = exchange.decision, exchange.outcome
        answer = final_answer(exchange)
        self.add(decision, "exchange", answer)
        at = day(decision.ts)
        self.add(decision, "day", at, answer)
        self.add(decision, "date", at)
        self.add(decision, "date", at[:7])
        tenant = _text(decision.record.get("caller"), "tenant")
        self.add(decision, "tenant", tenant)
        self.add(decision, "tenant_answer", tenant, answer)
        self.add(decision, "model", _text(decision.record, "model"))
        self.add(decision, "dialect", _text(decision.record, "dialect"))
        for tool in _list(decision.record, "tools"):
            self.add(decision, "tool", str(tool))
        self._personal(exchange, tenant)
        if outcome is None:
            self.add(decision, "unmatched", tenant)
            if len(self.unmatched) < MOST:
                self.unmatched.append(decision)
            return
        self._outcome(outcome)

    def _judged(self, entry: Entry, judged: Mapping[str, Any]) -> None:
        phase = _text(judged, "phase")
        answer = _text(judged, "answer")
        revision = _text(judged, "revision")
        self.add(entry, "phase", phase)
        self.add(entry, "answer", phase, answer)
        self.add(entry, "mode", _text(judged, "mode"))
        self.add(entry, "revision", revision)
        first, last = self.revisions.get(revision, (entry.ts, entry.ts))
        self.revisions[revision] = (min(first, entry.ts), max(last, entry.ts))
        for verdict in _objects(judged, "verdicts"):
            self._verdict(entry, verdict)
        for obligation in _objects(judged, "obligations"):
            self.add(entry, "obligation", _text(obligation, "effect"))
        for finding in _objects(entry.record, "findings"):
            self.add(entry, "label", _text(finding, "category"), _text(finding, "label"))
            self.add(entry, "detector", _text(finding, "detector"), _text(finding, "version"))
        for group in _objects(entry.record, "coverage"):
            self._coverage(entry, group)

    def _verdict(self, entry: Entry, verdict: Mapping[str, Any]) -> None:
        rule = _text(verdict, "rule")
        self.add(entry, "rule", rule)
        self.add(entry, "rule_effect", rule, _text(verdict, "effect"))
        for control in _list(verdict, "controls"):
            self.add(entry, "control", str(control))

    def _coverage(self, entry: Entry, group: Mapping[str, Any]) -> None:
        state = _text(group, "state")
        self.add(entry, "state", state)
        for detector in _list(group, "detectors"):
            self.add(entry, "checked", str(detector))
            self.add(entry, "coverage", str(detector), state)
            if state not in {"ok", "not_applicable"}:
                self.add(entry, "uncovered", state, str(detector), _text(group, "reason"))

    def _personal(self, exchange: Exchange, tenant: str) -> None:
        """Personal data by where it was found and where the exchange went."""
        outcome = exchange.outcome
        upstream = _text(outcome.record.get("outcome"), "upstream") if outcome else ""
        if upstream:
            self.add(exchange.decision, "recipient", tenant, upstream)
        for entry, side in ((exchange.decision, "request"), (outcome, "response")):
            for finding in _objects(entry.record, "findings") if entry else ():
                category, label = _text(finding, "category"), _text(finding, "label")
                if entry and category == "pii":
                    self.add(entry, "personal", tenant, label, side, upstream)

    def _outcome(self, entry: Entry) -> None:
        told = entry.record.get("outcome")
        outcome = told if isinstance(told, dict) else {}
        status = outcome.get("status")
        self.add(entry, "status", f"{status // 100}xx" if isinstance(status, int) else "unknown")
        self.add(entry, "ending", _text(outcome, "ending"))
        self.add(entry, "upstream", _text(outcome, "upstream"))
        if code := _text(outcome, "code"):
            self.add(entry, "code", code)
        answered = isinstance(status, int) and 200 <= status < 300
        if answered and "input_tokens" not in outcome:
            self.add(entry, "unmeasured", "tokens")
        self.total("input_tokens", outcome.get("input_tokens"))
        self.total("output_tokens", outcome.get("output_tokens"))
        for label in outcome.get("restored", {}) if isinstance(outcome.get("restored"), dict) else ():
            self.add(entry, "restored", str(label))


def tallied(evidence: Evidence, catalogues: Iterable[Catalogue] = ()) -> Tally:
    """Count everything in the period. What an altered log holds is counted as far as it can be read."""
    tally, pairing = Tally(Clauses.of(catalogues)), Pairing()
    for entry in evidence.entries():
        if entry.record:
            tally.boots.take(entry)
        if entry.type == "retention":
            tally.prunings.append(entry)
        if entry.inside:
            tally.take(entry)
        exchange = pairing.take(entry)
        if exchange and exchange.decision.inside:
            tally.join(exchange)
        elif exchange and entry.inside:
            tally.add(entry, "carried_over")
        elif exchange is None and entry.type == "outcome" and entry.inside:
            tally.add(entry, "orphan" if tally.boots.whole(entry) else "pruned_decision")
    for exchange in pairing.rest():
        if exchange.decision.inside:
            tally.join(exchange)
    return tally


_ANSWERS = ("allow", "flag", "transform", "error_open", "require_approval", "error_closed", "deny")
"""Mildest first, as ``gateway.core.decision`` has it."""


def final_answer(exchange: Exchange) -> str:
    """The heavier answer of an exchange's two phases."""
    entries = (exchange.decision, exchange.outcome)
    answers = [_text(judged, "answer") for entry in entries if entry for judged in _judgement(entry.record)]
    return max(answers, key=lambda answer: _ANSWERS.index(answer) if answer in _ANSWERS else 99, default="")


def _judgement(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    judged = record.get("decision")
    if isinstance(judged, dict):
        yield judged


def _text(holder: object, name: str) -> str:
    value = holder.get(name, "") if isinstance(holder, Mapping) else ""
    return value if isinstance(value, str) else str(value)


def _list(holder: object, name: str) -> list[Any]:
    value = holder.get(name, []) if isinstance(holder, Mapping) else []
    return value if isinstance(value, list) else []


def _objects(holder: object, name: str) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in _list(holder, name) if isinstance(item, dict))
