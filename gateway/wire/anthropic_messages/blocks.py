"""Where the text is in content blocks; requests, responses and streams share them.

The kinds of blocks grow with every server tool, by a rule: ``…_tool_use`` calls one, and
``…_tool_result`` answers. So those two endings are read by shape, and the rest by name.
"""

from gateway.wire.read import (
    Reader,
    Table,
    by_type,
    control,
    definition,
    each,
    fields,
    ignored,
    leaves,
    opaque,
    spoken_by,
    text,
    url,
    with_gap,
)
from gateway.wire.sink import Sink


def spoken(sink: Sink, pointer: str, value: object) -> None:
    """Text of a kind that follows from who says it."""
    _SPOKEN.get(sink.role, _TEXT)(sink, pointer, value)


def block(sink: Sink, pointer: str, value: object) -> None:
    """One content block of any kind."""
    kind = value.get("type") if isinstance(value, dict) else None
    reader = BLOCKS.get(kind) if isinstance(kind, str) else None
    if reader is None and isinstance(kind, str):
        reader = _by_ending(kind)
    (reader or _UNKNOWN)(sink, pointer, value)


def content(sink: Sink, pointer: str, value: object) -> None:
    """A string, or content blocks."""
    _CONTENT(sink, pointer, value)


def _by_ending(kind: str) -> Reader | None:
    if kind.endswith("tool_use"):
        return TOOL_USE
    return SERVER_RESULT if kind.endswith("tool_result") else None


def _source(sink: Sink, pointer: str, value: object) -> None:
    """What a document or an image is made of."""
    kind = value.get("type") if isinstance(value, dict) else None
    if kind not in ("text", "content"):
        sink.gap(pointer, "file")
    _SOURCE(sink, pointer, value)


_TEXT = text("text")
_SPOKEN: dict[str, Reader] = {
    "system": text("system"),
    "developer": text("system"),
    "tool": text("tool_result"),
}
_CONTENT = each(block, other=spoken)
_UNKNOWN = with_gap("unknown_part", leaves("text", {"type": control}))

# The index of a search result is a handle that only the provider can read.
CITATION: Reader = leaves("metadata", {"encrypted_index": ignored, "type": control})
_COMMON: Table = {"type": control, "cache_control": control, "citations": CITATION, "id": control}

_URL_OR_DATA: Table = {"type": control, "media_type": control, "url": url, "file_id": control}
_IMAGE_SOURCE: Reader = fields({**_URL_OR_DATA, "data": ignored})
_SOURCE: Reader = by_type(
    {
        "text": fields({**_URL_OR_DATA, "data": spoken}),
        "content": fields({"type": control, "content": content}),
    },
    unknown=_IMAGE_SOURCE,
)
_DOCUMENT: Reader = fields(
    {**_COMMON, "source": _source, "title": text("metadata"), "context": text("metadata")}
)
_SEARCH_RESULT: Reader = fields(
    {**_COMMON, "source": text("metadata"), "title": text("metadata"), "content": content}
)

TOOL_USE: Reader = fields(
    {
        **_COMMON,
        "name": text("name"),
        "server_name": text("name"),
        "toolset_name": text("name"),
        "caller": control,
        "input": leaves("tool_arguments"),
    }
)
_TOOL_RESULT: Reader = fields(
    {
        **_COMMON,
        "tool_use_id": control,
        "toolset_name": text("name"),
        "content": spoken_by("tool", content),
    }
)
_RESULT_LEAVES: Reader = leaves(
    "tool_result",
    {
        "type": control,
        "source": _source,
        "file_id": opaque("file"),
        "encrypted_content": opaque("encrypted"),
        "encrypted_stdout": opaque("encrypted"),
        "encrypted_index": ignored,
    },
)
SERVER_RESULT: Reader = fields(
    {
        **_COMMON,
        "tool_use_id": control,
        "caller": control,
        "content": spoken_by("tool", _RESULT_LEAVES),
    }
)
"""What a tool answered that the provider ran itself."""

BLOCKS: dict[str, Reader] = {
    "text": fields({**_COMMON, "text": spoken}),
    "image": with_gap("image", fields({**_COMMON, "source": _IMAGE_SOURCE})),
    "document": _DOCUMENT,
    "search_result": _SEARCH_RESULT,
    # Thinking is signed: an edit would make the provider refuse the whole conversation.
    "thinking": fields({"type": control, "thinking": text("reasoning", fixed=True), "signature": ignored}),
    "redacted_thinking": with_gap("encrypted", fields({"type": control, "data": ignored})),
    "tool_use": TOOL_USE,
    "server_tool_use": TOOL_USE,
    "mcp_tool_use": TOOL_USE,
    "tool_result": _TOOL_RESULT,
    "mcp_tool_result": _TOOL_RESULT,
    "container_upload": with_gap("file", fields({**_COMMON, "file_id": control})),
    "tool_reference": fields({**_COMMON, "tool_name": text("name")}),
    # Compacted history is signed like thinking.
    "compaction": fields(
        {
            **_COMMON,
            "content": text("text", fixed=True),
            "encrypted_content": opaque("encrypted"),
            "signature": ignored,
            "tool_changes": definition,
        }
    ),
    "tool_addition": fields({**_COMMON, "tool": definition}),
    "tool_removal": fields({**_COMMON, "tool": definition}),
    "mcp_tool_listing": definition,
    "browser_state": leaves("tool_result", {"type": control}),
    "fallback": control,
}
