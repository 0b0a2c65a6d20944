"""The upstream's error, in the caller's envelope, with the upstream's status and message."""

import json
from typing import Any

_ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def envelope(family: str, status: int, body: bytes) -> dict[str, Any]:
    """The error object that the caller's SDK reads."""
    said = _error_of(body)
    return openai(status, said) if family == "openai" else anthropic(status, said)


def openai(status: int, said: dict[str, Any]) -> dict[str, Any]:
    """OpenAI's envelope. ``param`` would name a field that the caller never wrote."""
    kind = said.get("type")
    fallback = "invalid_request_error" if status < 500 else "server_error"
    if status == 429:
        fallback = "rate_limit_error"
    error = {"message": _message(said), "type": kind if isinstance(kind, str) else fallback}
    return {"error": {**error, "param": None, "code": None}}


def anthropic(status: int, said: dict[str, Any]) -> dict[str, Any]:
    """Anthropic's envelope; its types are a closed list, so the status names it."""
    kind = _ANTHROPIC_TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")
    return {"type": "error", "error": {"type": kind, "message": _message(said)}}


def _error_of(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    error = value.get("error", value) if isinstance(value, dict) else {}
    return error if isinstance(error, dict) else {"message": error}


def _message(said: dict[str, Any]) -> str:
    message = said.get("message") or said.get("Message")  # AWS has both
    return message if isinstance(message, str) and message else "The upstream answered with an error."
