"""Stream readers: no bytes break them, what nobody edits keeps its bytes, and what is edited is gone."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.wire.dialect import Dialect
from gateway.wire.endpoints import ENDPOINTS
from gateway.wire.splice import Edit
from gateway.wire.stream import StreamReader, StreamView, read_whole
from tests.fuzz.pieces import pieces

VALUES = {"jane@a.example": "pii", "4111 1111 1111 1111": "pii", "AKIAQYLPMN5HHHFPZAM2": "secret"}
"""What must not get out. Exact words leave no doubt about what should have been found."""

_VALUE = re.compile("|".join(VALUES))


@dataclass(frozen=True, slots=True)
class Spoken:
    """One kind of stream in one dialect."""

    dialect: Dialect
    content_type: bytes

    def view(self, raw: bytes) -> StreamView:
        """A whole stream."""
        reader = self.dialect.stream(self.content_type)
        assert reader is not None
        return read_whole(reader, raw)

    def read(self, data: bytes) -> None:
        """The target: read it, write it again, take the values out."""
        raw = b"".join(pieces(data))
        view = self.view(raw)
        assert view.rewrite([]) == raw
        out = view.rewrite(list(_without_values(view)))
        left = [segment.text for segment in self.view(out).segments if hits(segment.text)]
        assert len(left) <= sum(hits(s.text) != [] for s in view.segments if not view.rewritable(s.pointer))


def hits(text: str) -> list[re.Match[str]]:
    """Every place at which one of the values stands."""
    return list(_VALUE.finditer(text))


def _without_values(view: StreamView) -> Iterator[Edit]:
    for segment in view.segments:
        if view.rewritable(segment.pointer):
            yield from (Edit(segment.pointer, *hit.span(), "[VALUE]") for hit in hits(segment.text))


def spoken() -> Mapping[str, Spoken]:
    """Each kind of stream that is read by code of its own, by the first dialect that has it."""
    found: dict[tuple[type, type], tuple[str, Spoken]] = {}
    for name, kind, reader in _all():
        found.setdefault((type(reader), type(reader.framing)), (name, kind))
    return dict(found.values())


def _all() -> Iterator[tuple[str, Spoken, StreamReader]]:
    for endpoint in ENDPOINTS:
        for content_type, suffix in ((b"text/event-stream", ""), (b"application/json", "-array")):
            reader = endpoint.dialect.stream(content_type)
            if reader is not None:
                name = endpoint.dialect.name + suffix
                yield name, Spoken(endpoint.dialect, content_type), reader
