"""What an OpenAI caller can ask of an upstream that speaks another dialect."""

from typing import Any

from gateway.core.errors import CallerError

Json = dict[str, Any]

# The answer would lack what was asked for, so these are refused; other fields only tune and are dropped.
_REFUSED = ("audio", "functions", "logprobs", "top_logprobs", "web_search_options")


def refuse_what_cannot_be_said(asked: Json, *, links: bool) -> None:
    """Refuse what would come out as something else. ``links``: whether the provider itself fetches
    ``https:`` images.

    Raises:
        CallerError: 400 ``unsupported_parameter``.
    """
    for name in _REFUSED:
        if asked.get(name):
            raise _unsupported(name)
    if asked.get("n") not in (None, 1):
        raise _unsupported("n")
    if any(tool.get("type") != "function" for tool in asked.get("tools") or ()):
        raise _unsupported("tools")
    for message in asked["messages"]:
        match message.get("content"):
            case None | str():
                continue
            case list(parts):
                for part in parts:
                    _refuse_unsafe_part(part, ("data:", "https://") if links else ("data:",))
            case _:
                raise _unsupported("messages")


def _refuse_unsafe_part(part: Json, schemes: tuple[str, ...]) -> None:
    """Only parts whose content is in the request, or that the provider fetches. litellm downloads other
    media from inside the process, which would let a caller reach whatever the gateway can reach.
    """
    match part:
        case {"type": "text" | "refusal" | "thinking" | "redacted_thinking"}:
            return
        case {"type": "image_url", "image_url": {"url": str(url)} | str(url)}:
            safe = url.startswith(schemes)
        case {"type": "file", "file": {"file_data": str(data)}}:
            safe = data.startswith("data:")
        case _:
            safe = False
    if not safe:
        raise _unsupported("messages")


def _unsupported(name: str) -> CallerError:
    message = f"The model is served by another provider, to which this {name!r} cannot be translated."
    return CallerError(400, "unsupported_parameter", message, name)
