"""A whole event stream as channels of text, and edits of channels back to frames.

A provider spreads one text over many frames. Here the fragments of one logical channel are joined
again, so that a detector sees the text that the caller's client will see; an edit is then taken
apart along the same seams. Frames that no edit touches keep their bytes.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.core.errors import CallerError
from gateway.core.exchange import Usage
from gateway.core.segment import Kind, Role, Segment, Unscanned
from gateway.wire.gather import Gather
from gateway.wire.sink import Sink
from gateway.wire.splice import Edit, merged, patches, splice
from gateway.wire.sse import Frame, with_data
from gateway.wire.strict import parse


@dataclass(frozen=True, slots=True)
class Piece:
    """One fragment of a channel."""

    frame: int
    pointer: str
    """RFC 6901 pointer into the frame's data."""

    start: int
    """Offset of the fragment in the channel's text."""

    text: str

    @property
    def end(self) -> int:
        """Offset behind the fragment in the channel's text."""
        return self.start + len(self.text)


@dataclass(slots=True)
class Channel:
    """The fragments of one text, in order."""

    role: Role
    kind: Kind
    fixed: bool
    embedded: bool
    """The text is JSON itself."""

    pieces: list[Piece] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The assembled text."""
        return "".join(piece.text for piece in self.pieces)

    def add(self, frame: int, pointer: str, text: str) -> None:
        """Append a fragment."""
        start = self.pieces[-1].end if self.pieces else 0
        self.pieces.append(Piece(frame, pointer, start, text))

    def cut(self, edit: Edit) -> list[tuple[int, Edit]]:
        """An edit of the text as edits of frames: the first one touched gets the new text."""
        first = bisect_right(self.pieces, edit.start, key=lambda piece: piece.start) - 1
        out: list[tuple[int, Edit]] = []
        text = edit.text
        for index in range(max(first, 0), len(self.pieces)):
            piece = self.pieces[index]
            if out and piece.start >= edit.end:
                break
            start, end = max(edit.start - piece.start, 0), min(edit.end, piece.end) - piece.start
            out.append((piece.frame, Edit(piece.pointer, start, end, text)))
            text = ""
        return out


class Tape:
    """Frames, and what was read from them."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self.frames = frames
        self.channels: dict[str, Channel] = {}
        self.gaps: dict[Unscanned, None] = {}

    def scope(self, frame: int, pointer: str, name: str) -> "Scope":
        """A sink for a part of one frame, whose texts belong to channels below ``name``."""
        return Scope(self, frame, pointer, name)

    def value(self, index: int) -> object:
        """The JSON value of a frame's data, or None where it has none that can be trusted."""
        try:
            return parse(self.frames[index].data.encode())
        except CallerError:
            return None

    def unread(self, index: int) -> None:
        """A frame whose data is not understood: its text is read, but cannot be edited."""
        name = f"/frames/{index}"
        self.gaps[Unscanned(name, "malformed_frame")] = None
        self.scope(index, "", name).segment("metadata", "", self.frames[index].data, fixed=True)

    def gathered(self) -> Gather:
        """The segments of all channels."""
        gather = Gather("assistant")
        for name, channel in self.channels.items():
            gather.role = channel.role
            if channel.embedded:
                gather.embedded(channel.kind, name, channel.text)
            else:
                gather.segment(channel.kind, name, channel.text, fixed=channel.fixed)
        gather.gaps += self.gaps
        return gather

    def view(
        self, *, usage: Usage, finish: str, model: str, error: str | None, complete: bool
    ) -> "StreamView":
        """The stream as its dialect understood it."""
        gather = self.gathered()
        return StreamView(
            segments=tuple(gather.segments),
            unscanned=tuple(gather.gaps),
            usage=usage,
            finish=finish,
            model=model,
            error=error,
            complete=complete,
            tape=self,
            fixed=frozenset(gather.fixed),
        )

    def rewrite(self, edits: Sequence[Edit]) -> bytes:
        """The stream's bytes with edits made.

        Raises:
            LookupError: an edit of a channel that is not there, or must not be edited.
        """
        by_frame: dict[int, list[Edit]] = defaultdict(list)
        for name, several in self._by_channel(edits).items():
            for edit in merged(several):
                for frame, part in self.channels[name].cut(edit):
                    by_frame[frame].append(part)
        return b"".join(
            _edited(frame, by_frame[index]) if index in by_frame else frame.raw
            for index, frame in enumerate(self.frames)
        )

    def _by_channel(self, edits: Sequence[Edit]) -> Mapping[str, list[Edit]]:
        """Edits of channel texts; those that go into embedded JSON are brought to its surface."""
        outer: dict[str, list[Edit]] = defaultdict(list)
        inner: dict[str, list[Edit]] = defaultdict(list)
        for edit in edits:
            name = self._channel(edit.pointer)
            if name == edit.pointer:
                outer[name].append(_inside(edit, self.channels[name]))
            else:
                inner[name].append(Edit(edit.pointer[len(name) :], edit.start, edit.end, edit.text))
        for name, several in inner.items():
            found = patches(self.channels[name].text, several)
            outer[name] += [Edit(name, patch.start, patch.end, patch.text) for patch in found]
        return outer

    def _channel(self, pointer: str) -> str:
        name = pointer
        while name:
            channel = self.channels.get(name)
            if channel is not None and (name == pointer or channel.embedded):
                return name
            name = name.rpartition("/")[0]
        raise LookupError("no channel of this name")


class Scope(Sink):
    """The sink of a part of one frame."""

    __slots__ = ("_frame", "_name", "_pointer", "_tape", "role")

    def __init__(self, tape: Tape, frame: int, pointer: str, name: str) -> None:
        self.role: Role = "assistant"
        self._tape = tape
        self._frame = frame
        self._pointer = pointer
        self._name = name

    def segment(self, kind: Kind, pointer: str, text: str, *, fixed: bool = False) -> None:
        """Add a fragment to its channel."""
        if text:
            self._channel(kind, pointer, fixed=fixed).add(self._frame, self._pointer + pointer, text)

    def embedded(self, kind: Kind, pointer: str, text: str) -> None:
        """Add a fragment of JSON text to its channel."""
        if text:
            self._channel(kind, pointer, embedded=True).add(self._frame, self._pointer + pointer, text)

    def gap(self, pointer: str, reason: str) -> None:
        """Note a part that cannot be read, once a channel."""
        self._tape.gaps[Unscanned(self._name + pointer, reason)] = None

    def _channel(self, kind: Kind, pointer: str, *, fixed: bool = False, embedded: bool = False) -> Channel:
        name = self._name + pointer
        channel = self._tape.channels.get(name)
        if channel is None:
            channel = self._tape.channels[name] = Channel(self.role, kind, fixed, embedded)
        return channel


@dataclass(frozen=True, slots=True)
class StreamView:
    """A whole event stream, understood."""

    segments: tuple[Segment, ...]
    """One for each logical channel; one for each string in a tool call's arguments."""

    unscanned: tuple[Unscanned, ...]
    usage: Usage
    finish: str
    model: str
    error: str | None
    """The code or type of an error event in the stream."""

    complete: bool
    """Whether the stream's own end marker was seen."""

    tape: Tape
    fixed: frozenset[str] = frozenset()

    def rewritable(self, pointer: str) -> bool:
        """Whether the text of a segment may be changed by :meth:`rewrite`."""
        return pointer not in self.fixed

    def rewrite(self, edits: Sequence[Edit]) -> bytes:
        """The stream with edits made; frames that none touches keep their bytes.

        Raises:
            LookupError: an edit of a segment that is not there, or must not be edited.
        """
        return self.tape.rewrite(edits)


def _inside(edit: Edit, channel: Channel) -> Edit:
    if channel.fixed or not 0 <= edit.start <= edit.end <= channel.pieces[-1].end:
        raise LookupError("this text cannot be edited so")
    return edit


def _edited(frame: Frame, edits: Sequence[Edit]) -> bytes:
    return with_data(frame, splice(frame.data.encode(), edits).decode())
