"""What is common to all records, by name and type: the vocabulary that every format spells in its own words.

A record nests; people who filter and count want columns. Nothing here is text of a prompt or an answer,
since no record has any.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from gateway.audit.canonical import Record
from gateway.audit.export.entry import Entry

Kind = Literal["integer", "text", "texts", "flag", "time"]
"""``time``: milliseconds since the Unix epoch; ``texts``: a list without repetition, in order."""

Value = int | str | bool | list[str]
Get = Callable[[Entry], Value | None]

_EFFECTS = ("allow", "flag", "redact", "replace", "strip_tool", "route", "require_approval", "deny")


@dataclass(frozen=True, slots=True)
class Field:
    """One column."""

    name: str
    kind: Kind
    meaning: str
    get: Get
    always: bool = False
    """Whether every entry has it."""


def flat(entry: Entry) -> dict[str, Value]:
    """An entry's fields; what is unknown or empty is left out."""
    found = [(field, field.get(entry)) for field in FIELDS]
    return {
        field.name: value
        for field, value in found
        if (value or value == 0) and type(value) is _TYPES[field.kind]
    }


_TYPES: dict[Kind, type] = {"integer": int, "text": str, "texts": list, "flag": bool, "time": int}


def _at(*path: str) -> Get:
    *holders, last = path

    def get(entry: Entry) -> Value | None:
        holder: Any = entry.record
        for name in holders:
            holder = holder.get(name)
            if type(holder) is not dict:
                return None
        value = holder.get(last)
        return value if type(value) in _SCALARS else None

    return get


_SCALARS = (int, str, bool)


def _first(one: Get, other: Get) -> Get:
    def get(entry: Entry) -> Value | None:
        value = one(entry)
        return other(entry) if value is None else value

    return get


def objects(record: Record, *path: str) -> Sequence[Record]:
    """The objects of a list inside a record; none where there is no such list."""
    value: Any = record
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _verdicts(entry: Entry) -> Sequence[Record]:
    """The strongest first."""
    return sorted(objects(entry.record, "decision", "verdicts"), key=_strength, reverse=True)


def _strength(verdict: Record) -> int:
    effect = verdict.get("effect")
    return _EFFECTS.index(effect) if effect in _EFFECTS else -1


def _texts(values: Iterable[object]) -> list[str]:
    return list(dict.fromkeys(value for value in values if isinstance(value, str) and value))


def _rules(entry: Entry) -> list[str]:
    shadowed = entry.record.get("rules")
    told = shadowed if isinstance(shadowed, list) else []
    return _texts([*(verdict.get("rule") for verdict in _verdicts(entry)), *told])


def _controls(entry: Entry) -> list[str]:
    own = entry.record.get("controls")
    lists = [own, *(verdict.get("controls") for verdict in _verdicts(entry))]
    return _texts(chain.from_iterable(one for one in lists if isinstance(one, list)))


def _labels(entry: Entry) -> list[str]:
    findings = objects(entry.record, "findings")
    return _texts(f"{finding.get('category')}/{finding.get('label')}" for finding in findings)


def _unchecked(entry: Entry) -> list[str]:
    groups = [group for group in objects(entry.record, "coverage") if group.get("state") in _UNFINISHED]
    lists = [group.get("detectors") for group in groups]
    return _texts(chain.from_iterable(one for one in lists if isinstance(one, list)))


_UNFINISHED = ("not_run", "timeout", "error")


def _reason(entry: Entry) -> str | None:
    """The strongest verdict's reason, else the record's own."""
    verdicts = _verdicts(entry)
    own = verdicts[0].get("reason") if verdicts else entry.record.get("reason") or entry.record.get("cause")
    return own if isinstance(own, str) else None


FIELDS: tuple[Field, ...] = (
    Field("index", "integer", "Index of the entry in the log: the same entry has the same one for ever",
          lambda entry: entry.index, always=True),
    Field("leaf", "text", "Leaf hash in hex: SHA-256 over a zero byte and the record",
          lambda entry: entry.leaf, always=True),
    Field("origin", "text", "Name of the log", lambda entry: entry.head.origin, always=True),
    Field("size", "integer", "Size of the checkpoint that the entry was read under",
          lambda entry: entry.head.size, always=True),
    Field("node", "text", "Machine", _at("node")),
    Field("boot", "text", "Unbroken run of one process", _at("boot")),
    Field("seq", "integer", "Number within the boot, without gaps", _at("seq")),
    Field("ts", "time", "When it was recorded", _at("ts")),
    Field("type", "text", "Type of the record", _at("type")),
    Field("exchange", "text", "Id of the exchange, which callers see as the decision id", _at("exchange")),
    Field("endpoint", "text", "Operation that was called", _at("endpoint")),
    Field("dialect", "text", "Format that the caller speaks", _at("dialect")),
    Field("route", "text", "Route that matched", _at("route")),
    Field("model", "text", "Model as the caller asked for it", _at("model")),
    Field("stream", "flag", "Whether the answer is streamed", _at("stream")),
    Field("tenant", "text", "Tenant of the caller", _at("caller", "tenant")),
    Field("key", "text", "Id of the caller's key; never the key", _at("caller", "key")),
    Field("app", "text", "Application of the caller", _at("caller", "app")),
    Field("phase", "text", "Phase that was decided: request or response", _at("decision", "phase")),
    Field("answer", "text", "What the decision states", _at("decision", "answer")),
    Field("mode", "text", "Whether the decision was enforced", _at("decision", "mode")),
    Field("revision", "text", "Digest of the policy bundle",
          _first(_at("decision", "revision"), _at("revision"))),
    Field("rules", "texts", "Rules that spoke, the strongest first", _rules),
    Field("controls", "texts", "Clauses that these rules implement", _controls),
    Field("reason", "text", "Reason of the strongest verdict, or of the record", _reason),
    Field("findings", "texts", "What was found: category/label", _labels),
    Field("unchecked", "texts", "Detectors that did not finish somewhere", _unchecked),
    Field("upstream", "text", "Upstream that answered", _first(_at("outcome", "upstream"), _at("upstream"))),
    Field("status", "integer", "HTTP status that the caller got",
          _first(_at("outcome", "status"), _at("status"))),
    Field("ending", "text", "How the exchange ended", _at("outcome", "ending")),
    Field("code", "text", "Detail of an ending that is not complete",
          _first(_at("outcome", "code"), _at("code"))),
    Field("finish", "text", "Finish reason of the model", _at("outcome", "finish")),
    Field("input_tokens", "integer", "Tokens in, as the upstream counted them",
          _first(_at("outcome", "input_tokens"), _at("input_tokens"))),
    Field("output_tokens", "integer", "Tokens out, as the upstream counted them",
          _first(_at("outcome", "output_tokens"), _at("output_tokens"))),
    Field("bytes_in", "integer", "Bytes of the request", _at("bytes")),
    Field("bytes_out", "integer", "Bytes of the answer", _at("outcome", "bytes")),
    Field("micros", "integer", "Microseconds from arrival to the end", _at("outcome", "micros", "total")),
    Field("by", "text", "Who says that they did it", _first(_at("by"), _at("approver"))),
    Field("action", "text", "What was done: step of a rollout, addition or release of a hold", _at("action")),
    Field("state", "text", "State of a gate", _at("state")),
)  # fmt: skip
"""In the order of the columns. Names are stable: a new one comes at the end."""
