"""Naming: how a body is said to an upstream that knows the model under another name."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson

from gateway.flow.call import Call
from gateway.flow.opening import Opened
from gateway.wire.payload import Payload
from gateway.wire.splice import Edit, replace_value

Renaming = Callable[[str], bytes]
"""The body with another model's name, and every other byte as it is."""


def renaming(call: Call, opened: Opened, body: bytes) -> Renaming | None:
    """The renaming of a body that is ready to go out; None where no model is named."""
    model, payload = opened.exchange.model, opened.payload
    if not model:
        return None
    if call.endpoint.model == "path":
        return partial(_renamed, payload, body, model, opened.view.named)
    if "model" not in call.parts:
        return partial(_renamed, payload, body, model, {"/model": model})
    if call.endpoint.body == "json":
        return partial(_told, payload.value, body)
    named = str(payload.value.get("model", ""))
    return partial(_renamed, payload, body, named, {"/model": named}) if named else None


def _renamed(payload: Payload, body: bytes, model: str, named: Mapping[str, str], name: str) -> bytes:
    edits = [Edit(at, len(text) - len(model), len(text), name) for at, text in named.items()]
    return payload.splice(body, edits, ()) if edits else body


def _told(members: Mapping[str, Any], body: bytes, name: str) -> bytes:
    """A body that named another model, or none, since the path named a deployment."""
    value = orjson.dumps(name)
    if "model" in members:
        return replace_value(body, "/model", value)
    head, brace, rest = body.partition(b"{")
    return b"".join((head, brace, b'"model":', value, b"," if members else b"", rest))
