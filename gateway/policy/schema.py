"""The published shape of the policy input, as JSON Schema; ``policies/schema/input-v1.json`` is its copy."""

from collections.abc import Mapping

from gateway.core.decision import Answer
from gateway.core.finding import State

Schema = dict[str, object]

PLAN_FIELDS = frozenset({"v", "phase", "exchange", "caller", "installed"})
PLAN_EXCHANGE = frozenset({"endpoint", "dialect", "model", "route", "destinations", "stream"})


def schema() -> Schema:
    """JSON Schema of the input of all phases. ``installed`` exists for the plan only, ``request`` and
    ``response`` in the response phase."""
    optional = {
        "installed",
        "usage",
        "size",
        "segments",
        "findings",
        "coverage",
        "time",
        "request",
        "response",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Lictor policy input, version 1",
        "description": "What Rego rules see. It holds no text of requests or responses.",
    } | _object(_FIELDS, optional=optional)


def plan_schema() -> Schema:
    """JSON Schema of what ``package lictor.plan`` sees."""
    exchange = {name: shape for name, shape in _EXCHANGE.items() if name in PLAN_EXCHANGE}
    fields = {name: shape for name, shape in _FIELDS.items() if name in PLAN_FIELDS}
    return _object(fields | {"exchange": _object(exchange)})


def _object(fields: Mapping[str, Schema], optional: set[str] | None = None) -> Schema:
    required = [name for name in fields if name not in (optional or set())]
    return {
        "type": "object",
        "properties": dict(fields),
        "required": required,
        "additionalProperties": False,
    }


def _string(description: str, *choices: str) -> Schema:
    shape: Schema = {"type": "string", "description": description}
    return shape | {"enum": list(choices)} if choices else shape


def _number(kind: str, description: str) -> Schema:
    return {"type": kind, "description": description}


def _array(items: Schema, description: str) -> Schema:
    return {"type": "array", "items": items, "description": description}


def _map(values: Schema, description: str) -> Schema:
    return {"type": "object", "additionalProperties": values, "description": description}


_DESTINATION = _object({
    "name": _string("Name of the upstream."),
    "dialect": _string("Dialect that the upstream speaks."),
    "labels": _map({"type": "string"}, "The operator's labels, such as trust or region."),
})  # fmt: skip

_EXCHANGE: dict[str, Schema] = {
    "id": _string("Id of the exchange, which callers see as the decision id."),
    "endpoint": _string("Name in the endpoint table, such as chat.completions."),
    "dialect": _string("Dialect that the caller speaks."),
    "model": _string("Model as the caller asked for it; empty where the endpoint has none."),
    "route": _string("Pattern of the route that matched."),
    "destinations": _array(_DESTINATION, "Every upstream that may receive it, first choice first."),
    "stream": {"type": "boolean", "description": "Whether the caller asked for a stream."},
    "parameters": _map({}, "Scalar request parameters, as the caller sent them."),
    "tools": _array({"type": "string"}, "Names of the tools offered to the model."),
    "body_bytes": _number("integer", "Size of the request body."),
}

_CALLER = _object({
    "key": _string("Id of the gateway key; empty when callers bring the provider's own."),
    "tenant": _string("Tenant of the key."),
    "app": _string("Application of the key."),
    "roles": _array({"type": "string"}, "Roles of the key."),
    "attributes": _map({"type": "string"}, "Further attributes of the key."),
})  # fmt: skip

_SEGMENT = _object({
    "id": _string("Id inside the phase."),
    "role": _string("Who speaks.", "system", "developer", "user", "assistant", "tool"),
    "kind": _string("What the text is for, such as text, tool_arguments or reasoning."),
    "length": _number("integer", "Length in characters."),
    "digest": _string("Keyed digest of the text; present only when some rule reads it."),
}, optional={"digest"})  # fmt: skip

_FINDING = _object({
    "id": _string("Id inside the phase."),
    "detector": _string("Id of the detector."),
    "version": _string("Version of the detector."),
    "category": _string("Coarse class, such as pii, secret, toxicity or injection."),
    "label": _string("Fine class, such as email, card or aws_access_key."),
    "score": _number("number", "Confidence from 0 to 1, in steps of a thousandth."),
    "segment": _string("Id of the segment."),
    "role": _string("Who speaks in that segment; empty where it has no speaker."),
    "start": _number("integer", "First character."),
    "end": _number("integer", "One past the last character."),
})  # fmt: skip

_COVERAGE = _object({
    "segment": _string("Id of the segment, pointer of an unscanned part, or * for every segment."),
    "detector": _string("Id of the detector, or * for all of them."),
    "state": _string("How it fared.", *(state.value for state in State)),
    "reason": _string("Why, for every state but ok; for an unscanned part what it is."),
})  # fmt: skip

_FIELDS: dict[str, Schema] = {
    "v": {"const": 1, "type": "integer", "description": "Version of this input."},
    "phase": _string("What is being decided.", "plan", "request", "response"),
    "exchange": _object(_EXCHANGE),
    "caller": _CALLER,
    "installed": _array({"type": "string"}, "Ids of the detectors that this gateway has; for the plan only."),
    "usage": _map({}, "Budgets and rates of the caller, where they are counted."),
    "size": _object({
        "body_kib": _number("integer", "Size of the request body in KiB, rounded up."),
        "segments": _number("integer", "Number of segments."),
        "kilocharacters": _number("integer", "Characters of all segments in thousands, rounded up."),
    }),
    "segments": _array(_SEGMENT, "Governable text, in the order of the body."),
    "findings": _array(_FINDING, "What detectors reported."),
    "coverage": _array(_COVERAGE, "What ran, and what did not."),
    "time": _object({"unix_ms": _number("integer", "Milliseconds since the Unix epoch.")}),
    "request": _object({
        "answer": _string("What the request's decision was.", "", *(answer.value for answer in Answer)),
        "rules": _array({"type": "string"}, "Rules that spoke in the request phase, sorted."),
    }),
    "response": _object({
        "status": _number("integer", "HTTP status of the upstream."),
        "finish": _string("The model's own finish reason, in the caller's dialect."),
    }),
}  # fmt: skip
