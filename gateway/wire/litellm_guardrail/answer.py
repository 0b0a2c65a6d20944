"""What LiteLLM is told: nothing to say, these texts instead, or no.

``NONE`` lets everything pass as it was, ``GUARDRAIL_INTERVENED`` brings changed texts or tools, and
``BLOCKED`` ends the call with the reason.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

import orjson

from gateway.wire.body import items
from gateway.wire.dialect import Envelope
from gateway.wire.envelopes import OpenAIErrors

_JSON: Final = (b"content-type", b"application/json")
_CHANGEABLE: Final = ("texts", "tools")


class Errors(OpenAIErrors):
    """What is said to somebody who may not ask, or does not ask for this."""

    __slots__ = ()


def unchanged(holdback: list[int] | None = None) -> Envelope:
    """It may pass as it is."""
    return _answer("NONE", **_held(holdback))


def changed(
    before: Mapping[str, object], after: Mapping[str, object], holdback: list[int] | None
) -> Envelope | None:
    """These pieces instead; None where LiteLLM would not put them in, since it reads an empty list of
    tools as no answer."""
    pieces: dict[str, Any] = {}
    for name in _CHANGEABLE:
        if before.get(name) != after.get(name):
            pieces[name] = items(after.get(name))
            if not pieces[name]:
                return None
    return _answer("GUARDRAIL_INTERVENED", **pieces, **_held(holdback))


def blocked(reason: str, *, decision_id: str, code: str) -> Envelope:
    """It must not pass."""
    return _answer("BLOCKED", blocked_reason=reason, lictor={"decision_id": decision_id, "code": code})


def _held(holdback: list[int] | None) -> dict[str, Any]:
    """How much of the end of each text LiteLLM must not release before it has asked again."""
    return {} if holdback is None else {"stream_holdback_chars": holdback}


def _answer(action: Literal["NONE", "GUARDRAIL_INTERVENED", "BLOCKED"], **more: object) -> Envelope:
    return Envelope(200, (_JSON,), orjson.dumps({"action": action, **more}))
