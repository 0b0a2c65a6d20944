"""Responses that are no JSON: text, files, and what no detector here can read."""

from collections.abc import Sequence

from gateway.wire.dialect import BlobView
from gateway.wire.document import plain, read_document, splice_document
from gateway.wire.gather import Gather
from gateway.wire.splice import Edit


def text_blob(raw: bytes) -> BlobView:
    """A body of plain text: one segment, at ``/text``."""
    return document_blob(raw) if plain(raw) is not None else opaque_blob(raw, "file")


def document_blob(raw: bytes) -> BlobView:
    """A file of any kind."""
    gather = Gather("assistant")
    read_document(gather, "", raw)
    return gathered(raw, gather)


def opaque_blob(raw: bytes, reason: str) -> BlobView:
    """A body that cannot be read here, and why."""
    gather = Gather("assistant")
    gather.gap("", reason)
    return gathered(raw, gather)


def gathered(raw: bytes, gather: Gather) -> BlobView:
    """What was found in a file."""

    def rewrite(edits: Sequence[Edit]) -> bytes:
        return splice_document(raw, edits) if edits else raw

    return BlobView(rewrite, tuple(gather.segments), tuple(gather.gaps), frozenset(gather.fixed))


def is_json(content_type: bytes) -> bool:
    """Whether a response says that it is JSON."""
    return content_type.partition(b";")[0].strip().lower() == b"application/json"
