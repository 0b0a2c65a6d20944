"""The rows of batch files: each holds a request, or the response to one."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.errors import CallerError
from gateway.core.segment import Tool
from gateway.wire import (
    openai_chat,
    openai_completions,
    openai_embeddings,
    openai_images,
    openai_moderations,
    openai_responses,
)
from gateway.wire.body import member, word
from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.document import rows
from gateway.wire.read import Reader, anything, control, fields, ignored, leaves
from gateway.wire.sink import Sink

_BY_URL: Mapping[str, Dialect] = {
    template.whole: endpoint.dialect
    for module in (
        openai_chat,
        openai_completions,
        openai_embeddings,
        openai_images,
        openai_moderations,
        openai_responses,
    )
    for endpoint in module.ENDPOINTS
    for template in endpoint.paths
    if endpoint.method == "POST" and template.plain
}

_BY_OBJECT: Mapping[str, Dialect] = {
    "chat.completion": openai_chat.DIALECT,
    "text_completion": openai_completions.DIALECT,
    "response": openai_responses.DIALECT,
}

_AROUND: Reader = fields({"custom_id": control, "method": control, "url": control, "body": ignored})
_ANSWERED: Reader = fields({"id": control, "custom_id": control, "response": ignored, "error": anything})
_RESPONSE: Reader = fields({"status_code": ignored, "request_id": control, "body": ignored})
_BODY: Reader = leaves("text")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a batch asks for."""

    models: tuple[str, ...]
    """Each once."""

    tools: tuple[Tool, ...]


def read_requests(sink: Sink, pointer: str, data: bytes) -> Asked:
    """The rows of a batch's input: each body is read by the dialect of its ``url``.

    Raises:
        CallerError: 400; a row that is no JSON object, or whose body its dialect refuses.
    """
    models: dict[str, None] = {}
    tools: list[Tool] = []
    for number, row in rows(data):
        place = f"{pointer}/rows/{number}"
        _AROUND(sink, place, row)
        view = _request(sink, number, place, row)
        if view is not None:
            models |= {view.model: None} if view.model else {}
            tools += [Tool(tool.name, f"{place}/body{tool.pointer}") for tool in view.tools]
    return Asked(tuple(models), tuple(tools))


def read_responses(sink: Sink, pointer: str, data: bytes) -> None:
    """The rows of a batch's output, or of its input, should somebody fetch that.

    Raises:
        CallerError: 400 ``malformed_row``.
    """
    for number, row in rows(data):
        place = f"{pointer}/rows/{number}"
        if "url" in row:
            _fetched(sink, number, place, row)
            continue
        _ANSWERED(sink, place, row)
        response = row.get("response")
        if response is not None:
            _RESPONSE(sink, f"{place}/response", response)
            _answer(sink, f"{place}/response/body", member(response, "body"))


def is_batch(data: bytes) -> bool:
    """Whether a file's first row is one of a batch."""
    try:
        first = next(rows(data), None)
    except CallerError:
        return False
    return first is not None and "custom_id" in first[1]


def _request(sink: Sink, number: int, place: str, row: Mapping[str, object]) -> RequestView | None:
    dialect = _BY_URL.get(word(row.get("url")))
    if dialect is None:
        sink.gap(f"{place}/body", "unknown_endpoint")
        _BODY(sink, f"{place}/body", row.get("body"))
        return None
    try:
        view = dialect.request(row.get("body"))
    except CallerError as error:
        message = f"line {number + 1} of the file: {error.message}"
        raise CallerError(error.status, error.code, message, f"{place}/body{error.param or ''}") from None
    _adopt(sink, f"{place}/body", view)
    return view


def _fetched(sink: Sink, number: int, place: str, row: Mapping[str, object]) -> None:
    _AROUND(sink, place, row)
    try:
        _request(sink, number, place, row)
    except CallerError:
        sink.gap(f"{place}/body", "unknown_shape")
        _BODY(sink, f"{place}/body", row.get("body"))


def _answer(sink: Sink, place: str, body: object) -> None:
    dialect = _BY_OBJECT.get(word(member(body, "object"))) or _by_shape(body)
    if dialect is None:
        anything(sink, place, body)
    else:
        _adopt(sink, place, dialect.response(body))


def _by_shape(body: object) -> Dialect | None:
    """Embeddings and moderations call themselves a list, or nothing."""
    return next((dialect for name, dialect in _SHAPES.items() if _has(body, name)), None)


_SHAPES: Mapping[tuple[str, ...], Dialect] = {
    ("data", "embedding"): openai_embeddings.DIALECT,
    ("data", "b64_json"): openai_images.DIALECT,
    ("data", "revised_prompt"): openai_images.DIALECT,
    ("results", "category_scores"): openai_moderations.DIALECT,
}


def _has(body: object, name: tuple[str, ...]) -> bool:
    listed = member(body, name[0])
    return isinstance(listed, list) and bool(listed) and member(listed[0], name[1]) is not None


def _adopt(sink: Sink, place: str, view: RequestView | ResponseView) -> None:
    """What another dialect found, as part of a larger whole."""
    speaker = sink.role
    for segment in view.segments:
        sink.role = segment.role
        fixed = not view.rewritable(segment.pointer)
        sink.segment(segment.kind, place + segment.pointer, segment.text, fixed=fixed)
    sink.role = speaker
    for gap in view.unscanned:
        sink.gap(place + gap.pointer, gap.reason)
