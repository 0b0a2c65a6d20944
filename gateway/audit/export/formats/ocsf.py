"""Open Cybersecurity Schema Framework, version 1.8.0: one event for an entry, and a finding beside it.

What a caller did is API Activity (6003) with the profile ``ai_operation``, whatever came of it: one class
answers how many calls there were. Where policy did more than allow, a Detection Finding (2004) follows, which
is what a security operations centre works through. What the gateway itself does, and what people do to
policy and evidence, has classes of its own (:data:`CLASSES`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from gateway.audit.export.entry import Entry, Head
from gateway.audit.export.fields import Value, flat
from gateway.audit.export.formats.base import Lines
from gateway.audit.export.formats.otlp import PROVIDERS
from gateway.audit.export.severity import severity

VERSION = "1.8.0"
"""Of the schema."""

Event = dict[str, Any]
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Class:
    """An event class of the schema."""

    uid: int
    name: str
    category: str
    profiles: Sequence[str] = ()
    """Those of its profiles whose attributes we have."""


BASE = Class(0, "Base Event", "Uncategorized")
FINDING = Class(2004, "Detection Finding", "Findings", ("security_control",))
ENTITY = Class(3004, "Entity Management", "Identity & Access Management")
LIFECYCLE = Class(6002, "Application Lifecycle", "Application Activity")
API = Class(6003, "API Activity", "Application Activity", ("ai_operation", "security_control"))
ERROR = Class(6008, "Application Error", "Application Activity")

OTHER = 99

CLASSES: Mapping[str, tuple[Class, int, str]] = {
    "open": (LIFECYCLE, 3, "Start"),
    "close": (LIFECYCLE, 4, "Stop"),
    "decision": (API, OTHER, "Decision"),
    "outcome": (API, OTHER, "Outcome"),
    "refused": (API, OTHER, "Refused"),
    "judge": (API, OTHER, "Judge"),
    "access": (API, 2, "Read"),
    "bundle": (ENTITY, 3, "Update"),
    "approval": (ENTITY, OTHER, "Approval"),
    "erasure": (ENTITY, 4, "Delete"),
    "retention": (ENTITY, 4, "Delete"),
    "hold": (ENTITY, OTHER, "Hold"),
    "bypass": (ERROR, 1, "General Error"),
}
"""Class, activity and its name, by the type of the record; every other type is a base event."""

MAPPING: Mapping[str, str] = {
    "ts": "time",
    "index": "metadata.sequence",
    "leaf": "raw_data_hash.value",
    "origin": "metadata.log_name",
    "type": "metadata.event_code",
    "exchange": "metadata.correlation_uid",
    "tenant": "metadata.tenant_uid",
    "reason": "message",
    "size": "unmapped.size",
    "node": "unmapped.node",
    "boot": "unmapped.boot",
    "seq": "unmapped.seq",
}
"""Path of those fields that are at the same place in every event. What has no place is below ``unmapped``,
where it has one in some classes only, there too."""

_SEVERITY_NAMES = ("Unknown", "Informational", "Low", "Medium", "High")
_ACTIONS: Mapping[object, tuple[int, str, int, str]] = {
    "allow": (1, "Allowed", 1, "Allowed"),
    "flag": (1, "Allowed", 15, "Detected"),
    "transform": (4, "Modified", 11, "Corrected"),
    "require_approval": (2, "Denied", 2, "Blocked"),
    "deny": (2, "Denied", 2, "Blocked"),
    "error_open": (1, "Allowed", 27, "Error"),
    "error_closed": (2, "Denied", 27, "Error"),
}
_OBSERVED = (3, "Observed", 17, "Logged")
"""What a decision did that was not enforced."""

_STOPS = ("require_approval", "deny", "error_closed")
_PRODUCT = {"name": "Lictor", "vendor_name": "Lictor"}
_PLACED = frozenset(field for field, path in MAPPING.items() if not path.startswith("unmapped."))


class Ocsf:
    """A line for an event."""

    name = "ocsf"

    def writer(self, out: BinaryIO, head: Head) -> Lines:  # noqa: ARG002 - every line says it
        """A line for an event."""
        return Lines(out, self)

    def messages(self, entry: Entry) -> Iterator[bytes]:
        """One, or two where policy did more than allow."""
        for event in events(entry):
            yield orjson.dumps(event, option=orjson.OPT_SORT_KEYS)


def events(entry: Entry) -> Iterator[Event]:
    """The events of an entry; ``metadata.uid`` tells them apart."""
    values = flat(entry)
    kind, activity, name = CLASSES.get(_type(values), (BASE, OTHER, _type(values)))
    build = _BUILDERS.get(kind.uid, _nothing)
    yield _common(entry, values, kind) | _activity(kind, activity, name) | build(entry, values)
    if values.get("answer", "allow") != "allow":
        yield _common(entry, values, FINDING) | _activity(FINDING, 1, "Create") | _finding(values)


def _common(entry: Entry, values: Values, kind: Class) -> Event:
    """What every event has."""
    level = severity(entry.record)
    return {
        "message": str(values.get("reason") or _type(values)),
        "metadata": _metadata(values, kind),
        "raw_data_hash": {"algorithm": "SHA-256", "algorithm_id": 3, "value": entry.leaf},
        "severity": _SEVERITY_NAMES[level],
        "severity_id": int(level),
        "time": values.get("ts", 0),
        "unmapped": {field: value for field, value in values.items() if field not in _PLACED},
    }


def _metadata(values: Values, kind: Class) -> Event:
    metadata: Event = {
        "event_code": _type(values),
        "log_name": values["origin"],
        "product": _PRODUCT,
        "sequence": values["index"],
        "profiles": list(kind.profiles),
        "uid": _uid(values) + ("/finding" if kind is FINDING else ""),
        "version": VERSION,
    }
    return metadata | _named(values, tenant_uid="tenant", correlation_uid="exchange")


def _activity(kind: Class, activity: int, name: str) -> Event:
    return {
        "activity_id": activity,
        "activity_name": name,
        "category_name": kind.category,
        "category_uid": kind.uid // 1000,
        "class_name": kind.name,
        "class_uid": kind.uid,
        "type_name": f"{kind.name}: {name}",
        "type_uid": kind.uid * 100 + activity,
    }


def _api(entry: Entry, values: Values) -> Event:  # noqa: ARG001 - as its likes
    """API Activity: who asked for what, which model, and what came of it."""
    event: Event = {
        "actor": _actor(values),
        "api": _operation(values),
        "src_endpoint": {"name": _caller(values)},
    }
    if "status" in values:
        event["http_response"] = {"code": values["status"]}
    if "model" in values:
        event["ai_model"] = {"name": values["model"], "ai_provider": _provider(values)}
    if "input_tokens" in values or "output_tokens" in values:
        event["message_context"] = _tokens(values)
    return event | _control(values) | _result(values)


def _finding(values: Values) -> Event:
    """Detection Finding: which rule spoke about what was found."""
    rules = values.get("rules")
    rule = rules[0] if isinstance(rules, list) else "policy"
    info: Event = {
        "analytic": {"name": rule, "type": "Rule", "type_id": 1, "uid": rule},
        "title": str(values.get("reason") or f"{values.get('answer')} by {rule}"),
        "uid": f"{_uid(values)}/finding",
    } | _named(values, types="findings")
    return {
        "evidences": [{"actor": _actor(values), "api": _operation(values)}],
        "finding_info": info,
        "is_alert": values.get("answer") in _STOPS,
        "status": "New",
        "status_id": 1,
    } | _control(values)


def _entity(entry: Entry, values: Values) -> Event:
    """Entity Management: what people and the gateway do to policy and to evidence."""
    name, uid = entry.record.get("name"), values.get("revision") or values.get("key") or values["origin"]
    entity: Event = {"type": _ENTITIES.get(_type(values), "Other"), "uid": str(entry.record.get("key", uid))}
    if _type(values) in {"bundle", "approval"}:
        entity |= {"type_id": 5, "uid": str(uid)}
    if isinstance(name, str):
        entity["name"] = name
    by = values.get("by")
    return {"actor": {"user": {"name": by}} if by else {"app_name": "Lictor"}, "entity": entity}


_ENTITIES: Mapping[str, str] = {
    "bundle": "Policy",
    "approval": "Policy",
    "erasure": "Key",
    "retention": "Log",
    "hold": "Legal hold",
}


def _lifecycle(entry: Entry, values: Values) -> Event:  # noqa: ARG001 - as its likes
    """Application Lifecycle: of the gateway itself."""
    return {"app": _PRODUCT}


def _nothing(entry: Entry, values: Values) -> Event:  # noqa: ARG001 - as its likes
    return {}


_BUILDERS: Mapping[int, Callable[[Entry, Values], Event]] = {
    API.uid: _api,
    ENTITY.uid: _entity,
    LIFECYCLE.uid: _lifecycle,
}


def _actor(values: Values) -> Event:
    return {"app_name": _caller(values)} | _named(values, app_uid="key")


def _caller(values: Values) -> str:
    """The most telling of what is known of a caller; an address is not recorded."""
    named = (values[field] for field in ("app", "key", "by", "tenant") if field in values)
    return str(next(named, "unknown"))


def _operation(values: Values) -> Event:
    operation: Event = {"operation": str(values.get("endpoint") or _type(values))}
    if "exchange" in values:
        operation["request"] = {"uid": values["exchange"]}
    if "upstream" in values:
        operation["service"] = {"name": values["upstream"]}
    return operation


def _provider(values: Values) -> str:
    return PROVIDERS.get(str(values.get("dialect")).partition("_")[0], "unknown")


def _tokens(values: Values) -> Event:
    """The message's size. The schema wants to know whose application it was."""
    counted = [values.get(field, 0) for field in ("input_tokens", "output_tokens")]
    total = sum(count for count in counted if isinstance(count, int))
    context = _named(values, prompt_tokens="input_tokens", completion_tokens="output_tokens")
    return context | {"application": {"name": _caller(values)}, "total_tokens": total}


def _control(values: Values) -> Event:
    """The profile ``security_control``: what policy did about it, and under which bundle."""
    if "answer" not in values:
        return {}
    enforced = values.get("mode") == "enforce"
    action_id, action, disposition_id, disposition = _ACTIONS.get(values["answer"], _OBSERVED)
    if not enforced:
        action_id, action, disposition_id, disposition = _OBSERVED
    policy = {"name": "Lictor", "is_applied": enforced} | _named(values, uid="revision")
    return {
        "action": action,
        "action_id": action_id,
        "disposition": disposition,
        "disposition_id": disposition_id,
        "policy": policy,
    }


def _result(values: Values) -> Event:
    """How it ended, where it did."""
    if "status" not in values:
        return {}
    good = values.get("ending") == "complete"
    result: Event = {
        "status": "Success" if good else "Failure",
        "status_id": 1 if good else 2,
        "status_code": str(values["status"]),
    } | _named(values, status_detail="code")
    micros = values.get("micros")
    return result | ({"duration": micros // 1000} if isinstance(micros, int) else {})


def _uid(values: Values) -> str:
    return f"{values['origin']}/{values['index']}"


def _type(values: Values) -> str:
    return str(values.get("type", "record"))


def _named(values: Values, **names: str) -> Event:
    """Those attributes whose field is there."""
    return {name: values[field] for name, field in names.items() if field in values}
