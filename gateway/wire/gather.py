"""The sink of a whole body."""

from gateway.core.segment import Kind, Role, Segment, Unscanned
from gateway.wire.read import read_embedded


class Gather:
    """The sink of a whole body: numbers the segments in the order they are found."""

    __slots__ = ("fixed", "gaps", "role", "segments")

    def __init__(self, role: Role) -> None:
        self.role = role
        self.segments: list[Segment] = []
        self.gaps: list[Unscanned] = []
        self.fixed: set[str] = set()

    def segment(self, kind: Kind, pointer: str, text: str, *, fixed: bool = False) -> None:
        """Keep a piece of text, unless there is none."""
        if not text:
            return
        self.segments.append(Segment(f"s{len(self.segments)}", self.role, kind, pointer, text))
        if fixed:
            self.fixed.add(pointer)

    def embedded(self, kind: Kind, pointer: str, text: str) -> None:
        """Read JSON inside a string."""
        read_embedded(self, kind, pointer, text)

    def gap(self, pointer: str, reason: str) -> None:
        """Note a part that cannot be read."""
        self.gaps.append(Unscanned(pointer, reason))
