"""The gateway's own answers, in each provider's words.

A denial is 400 or 403, which no client library retries; ``x-should-retry`` says so too. The status
decides the class of exception that an SDK raises, so the types below are the providers' own.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from gateway.core.errors import CallerError
from gateway.wire.azure import content_filter
from gateway.wire.dialect import Denial, Envelope

_JSON = (b"content-type", b"application/json")
_FINAL = (b"x-should-retry", b"false")
# Asking again helps when the gateway or the upstream was unavailable, or the caller too fast.
_WORTH_RETRYING = frozenset({408, 429, 502, 503, 504, 529})

_OPENAI_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
_ANTHROPIC_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
# google.rpc.Code, as https://google.aip.dev/193 maps it to HTTP and back.
_GOOGLE_STATUS: Mapping[int, str] = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class OpenAIErrors:
    """``{"error": {"message", "type", "param", "code"}}``."""

    __slots__ = ()

    def denial(self, denial: Denial) -> Envelope:
        """Policy said no."""
        status = denial_status(denial)
        ours = denial_facts(denial)
        error = _openai(status, _denial_code(denial), denial_message(denial), denial.param, ours)
        if denial.azure and denial.kind == "content":
            error |= content_filter(denial.rule)
            ours |= {} if denial.param is None else {"param": denial.param}
        return _envelope(status, (b"x-request-id", denial.decision_id.encode()), {"error": error})

    def refusal(self, error: CallerError, exchange_id: str) -> Envelope:
        """The caller's fault."""
        return self._own(error.status, error.code, error.message, error.param, exchange_id)

    def fault(self, status: int, code: str, message: str, exchange_id: str) -> Envelope:
        """The gateway's fault, or the upstream's."""
        return self._own(status, code, message, None, exchange_id)

    def _own(self, status: int, code: str, message: str, param: str | None, own_id: str) -> Envelope:
        error = _openai(status, code, message, param, {"decision_id": own_id})
        return _envelope(status, (b"x-request-id", own_id.encode()), {"error": error})


class _MessageErrors:
    """Envelopes whose kind of error follows from the status alone."""

    __slots__ = ()

    def denial(self, denial: Denial) -> Envelope:
        """Policy said no."""
        status = denial_status(denial)
        return self._own(status, denial_message(denial), denial.decision_id, _denied(denial))

    def refusal(self, error: CallerError, exchange_id: str) -> Envelope:
        """The caller's fault."""
        return self._own(error.status, error.message, exchange_id, _refused(error, exchange_id))

    def fault(self, status: int, code: str, message: str, exchange_id: str) -> Envelope:
        """The gateway's fault, or the upstream's."""
        return self._own(status, message, exchange_id, {"decision_id": exchange_id, "code": code})

    def _own(self, status: int, message: str, own_id: str, ours: dict[str, str]) -> Envelope:
        raise NotImplementedError


class AnthropicErrors(_MessageErrors):
    """``{"type": "error", "error": {"type", "message"}, "request_id"}``."""

    __slots__ = ()

    def _own(self, status: int, message: str, own_id: str, ours: dict[str, str]) -> Envelope:
        fallback = "api_error" if status >= 500 else "invalid_request_error"
        kind = _ANTHROPIC_TYPES.get(status, fallback)
        error = {"type": kind, "message": message, "lictor": ours}
        body = {"type": "error", "error": error, "request_id": own_id}
        return _envelope(status, (b"request-id", own_id.encode()), body)


class GeminiErrors(_MessageErrors):
    """``{"error": {"code", "message", "status"}}``, as all of Google's APIs say it."""

    __slots__ = ()

    def _own(self, status: int, message: str, own_id: str, ours: dict[str, str]) -> Envelope:
        word = _GOOGLE_STATUS.get(status, "INTERNAL" if status >= 500 else "INVALID_ARGUMENT")
        error = {"code": status, "message": message, "status": word, "lictor": ours}
        return _envelope(status, (b"x-request-id", own_id.encode()), {"error": error})


class TgiErrors:
    """``{"error", "error_type"}``."""

    __slots__ = ()

    def denial(self, denial: Denial) -> Envelope:
        """Policy said no."""
        status, kind = denial_status(denial), _denial_code(denial)
        return self._own(status, kind, denial_message(denial), denial.decision_id, _denied(denial))

    def refusal(self, error: CallerError, exchange_id: str) -> Envelope:
        """The caller's fault."""
        ours = _refused(error, exchange_id)
        return self._own(error.status, "validation", error.message, exchange_id, ours)

    def fault(self, status: int, code: str, message: str, exchange_id: str) -> Envelope:
        """The gateway's fault, or the upstream's."""
        ours = {"decision_id": exchange_id, "code": code}
        return self._own(status, "generation", message, exchange_id, ours)

    def _own(self, status: int, kind: str, message: str, own_id: str, ours: dict[str, str]) -> Envelope:
        body = {"error": message, "error_type": kind, "lictor": ours}
        return _envelope(status, (b"x-request-id", own_id.encode()), body)


def denial_status(denial: Denial) -> int:
    """403 for a matter of permission, 400 for one of content."""
    return 403 if denial.kind == "permission" else 400


def denial_message(denial: Denial) -> str:
    """The sentence that the caller reads."""
    return denial_sentence(denial.reason, denial.rule)


def denial_sentence(reason: str, rule: str) -> str:
    """As :func:`denial_message`, for a denial that is no HTTP answer."""
    return f"Denied by policy: {reason or rule}"


def denial_facts(denial: Denial) -> dict[str, str]:
    """The one field of ours inside the provider's envelope."""
    return {
        "decision_id": denial.decision_id,
        "rule": denial.rule,
        "reason": denial.reason,
        "revision": denial.revision,
    }


def _denied(denial: Denial) -> dict[str, str]:
    """As :func:`denial_facts`, with the place where the envelope has no field of its own for it."""
    return denial_facts(denial) | ({} if denial.param is None else {"param": denial.param})


def _refused(error: CallerError, exchange_id: str) -> dict[str, str]:
    ours = {"decision_id": exchange_id, "code": error.code}
    return ours | ({} if error.param is None else {"param": error.param})


def _denial_code(denial: Denial) -> str:
    if denial.kind == "content":
        return "content_policy_violation"
    return "model_not_allowed" if denial.rule.startswith("models.") else "permission_denied"


def _openai(
    status: int, code: str, message: str, param: str | None, ours: Mapping[str, str]
) -> dict[str, Any]:
    fallback = "server_error" if status >= 500 else "invalid_request_error"
    kind = _OPENAI_TYPES.get(status, fallback)
    return {"message": message, "type": kind, "param": param, "code": code, "lictor": ours}


def _envelope(status: int, identity: tuple[bytes, bytes], body: Mapping[str, Any]) -> Envelope:
    final = () if status in _WORTH_RETRYING else (_FINAL,)
    return Envelope(status, (_JSON, identity, *final), orjson.dumps(body))


def stopped(ours: Mapping[str, str]) -> bytes:
    """The error frame that ends a stream of OpenAI's where it has no finish reason to tell."""
    error = _openai(400, "content_policy_violation", "Stopped by policy.", None, ours)
    return b"event: error\ndata: " + orjson.dumps({"type": "error", "error": error}) + b"\n\n"
