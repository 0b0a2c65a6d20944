"""A tape of frames: texts that a provider spread over many events, and what may leave of them.

A provider takes one text apart into fragments. Here the fragments of one logical channel are joined
again, so that a detector sees the text that the caller's client will see. An edit of a channel is
taken apart along the same seams, and a frame leaves once every text in it was released. Frames that
no edit touches keep their bytes.

Some providers say a text twice, whole, after its fragments. Such a repetition belongs to the channel
that it repeats: what is edited there is edited here.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.core.errors import CallerError
from gateway.core.segment import Kind, Role, Unscanned
from gateway.wire.gather import Gather
from gateway.wire.sink import Sink
from gateway.wire.splice import Edit, merged, patches, splice
from gateway.wire.sse import Frame
from gateway.wire.strict import parse

_WHOLE: frozenset[Kind] = frozenset({"tool_arguments", "name"})
"""Kinds of text that are of use only when they are whole. Others are followed while they come."""


class Channel:
    """One text that comes in fragments."""

    __slots__ = (
        "_parts",
        "_unread",
        "edits",
        "embedded",
        "ended",
        "fixed",
        "kind",
        "length",
        "name",
        "released",
        "role",
    )

    def __init__(self, name: str, role: Role, kind: Kind, *, fixed: bool, embedded: bool) -> None:
        self.name = name
        self.role = role
        self.kind = kind
        self.fixed = fixed
        self.embedded = embedded
        """The text is JSON itself."""

        self.length = 0
        self.ended = False
        """Nothing more is expected."""

        self.released = 0
        """So many characters may leave."""

        self.edits: list[Edit] = []
        """What to change, in order and without overlap."""

        self._parts: list[str] = []
        self._unread: list[str] = []

    @property
    def flows(self) -> bool:
        """Whether a part of the text is of use before the rest has come."""
        return not self.embedded and self.kind not in _WHOLE

    @property
    def text(self) -> str:
        """The text so far."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def add(self, text: str) -> int:
        """Append a fragment; where it begins."""
        start = self.length
        self._parts.append(text)
        self._unread.append(text)
        self.length += len(text)
        return start

    def unread(self) -> str:
        """What was added since the last call."""
        unread, self._unread = "".join(self._unread), []
        return unread

    @property
    def left(self) -> str:
        """What may leave, as it leaves."""
        text, at, out = self.text, 0, []
        for edit in self.within(0, self.released):
            out += [text[at : edit.start], edit.text]
            at = edit.end
        return "".join([*out, text[at : self.released]])

    def within(self, start: int, end: int) -> Iterator[Edit]:
        """The edits of a fragment, as they concern it: the one in which an edit begins gets its text."""
        for edit in self.edits[bisect_left(self.edits, start, key=lambda edit: edit.end) :]:
            if start <= edit.start < end or edit.start == end == self.length:
                yield Edit("", edit.start, min(edit.end, end), edit.text)
            elif edit.start < start < edit.end:
                yield Edit("", start, min(edit.end, end), "")


class Piece(NamedTuple):
    """One fragment of a channel, or a repetition of it."""

    channel: Channel
    pointer: str
    """RFC 6901 pointer into the frame's data."""

    start: int
    end: int
    """Offsets in the channel's text."""


@dataclass(slots=True)
class Held:
    """A frame, and what was read from it."""

    frame: Frame
    index: int
    pieces: list[Piece] = field(default_factory=list)
    last: bool = False
    """It says that the answer is over: nobody may have it before all of the answer was judged."""

    replaceable: bool = False
    """It is the last one and says nothing new."""

    marks: list[object] = field(default_factory=list)
    """What its dialect wants to know of it once it has left."""

    @property
    def approved(self) -> bool:
        """Whether all its texts may leave."""
        return all(piece.end <= piece.channel.released for piece in self.pieces)

    @property
    def divisible(self) -> bool:
        """Whether a part of its texts can leave without the rest: not where its data is no JSON."""
        return all(piece.pointer for piece in self.pieces)

    @property
    def flows(self) -> bool:
        """Whether a reader follows its texts while they come."""
        return bool(self.pieces) and all(piece.channel.flows for piece in self.pieces)

    def rendered(self, *, cut: bool = False) -> bytes:
        """Its bytes with the edits of its channels made; ``cut`` takes out what may not leave."""
        edits = [edit for piece in self.pieces for edit in _edits(piece, cut=cut)]
        if not edits:
            return self.frame.raw
        return self.frame.with_data(splice(self.frame.data.encode(), edits).decode())


def _edits(piece: Piece, *, cut: bool) -> Iterator[Edit]:
    """The edits of a piece, in the frame's own coordinates."""
    channel, pointer, start, end = piece
    limit = min(max(channel.released, start), end) if cut else end
    for edit in channel.within(start, limit) if channel.edits else ():
        yield Edit(pointer, edit.start - start, edit.end - start, edit.text)
    if limit < end:
        yield Edit(pointer, limit - start, end - start, "")


class Tape:
    """Frames that have come, channels of text, and frames that have left."""

    def __init__(self, *, overtaking: bool = False) -> None:
        self.channels: dict[str, Channel] = {}
        self.gaps: dict[Unscanned, None] = {}
        self.held: list[Held] = []
        """Frames that have not left, in order."""

        self.closed = False
        """No more frames will come."""

        self.begun = False
        """Whether any text may leave."""

        self.delivered: list[object] = []
        """Marks of the frames that have left, in order."""

        self.held_bytes = 0
        self._count = 0
        self._overtaking = overtaking
        self._fresh: list[Channel] = []
        self._stuck = False
        """A frame is held, and nothing was let since that was found."""

    # -- what comes ------------------------------------------------------------------------------

    def add(self, frame: Frame) -> int:
        """Take a frame; its number, counted from 0."""
        index = self._count
        self._count += 1
        self.held.append(Held(frame, index))
        self.held_bytes += len(frame.raw)
        return index

    @property
    def newest(self) -> int:
        """The number of the newest frame."""
        return self._count - 1

    def value(self) -> object:
        """The JSON value of the newest frame's data, or None where it has none that can be trusted."""
        try:
            return parse(self.held[-1].frame.data.encode())
        except CallerError:
            return None

    def scope(self, pointer: str, name: str, *, whole: bool = False) -> "Scope":
        """A sink for a part of the newest frame, whose texts belong to channels below ``name``.

        ``whole``: they are no fragments. One that repeats its channel belongs to it; one that
        contradicts it becomes a channel of its own.
        """
        return Scope(self, pointer, name, whole=whole)

    def unread(self) -> None:
        """The newest frame's data is not understood: its text is read, but cannot be edited."""
        newest = self.held[-1]
        name = f"/frames/{newest.index}"
        self.gaps[Unscanned(name, "malformed_frame")] = None
        self.scope("", name, whole=True).segment("metadata", "", newest.frame.data, fixed=True)

    def close(self) -> None:
        """No more frames will come, nor anything else for any channel."""
        self.end()
        self.closed = True
        self._stuck = False

    def mark(self, mark: object) -> None:
        """Have :attr:`delivered` tell when the newest frame leaves."""
        self.held[-1].marks.append(mark)

    def mark_last(self, *, repeats: bool = False) -> None:
        """The newest frame says that the answer, or a part of it, is over. ``repeats``: all its texts were
        said before, so that nothing is lost where our own end stands in its place."""
        self.held[-1].last = True
        self.held[-1].replaceable = repeats

    def end(self, prefix: str = "") -> None:
        """Nothing more will come for the channels below a name."""
        below = prefix + "/"
        for name, channel in self.channels.items():
            if not channel.ended and (not prefix or name == prefix or name.startswith(below)):
                channel.ended = True
                self._fresh.append(channel)

    def fresh(self) -> list[Channel]:
        """The channels that grew or ended since the last call, each once."""
        fresh, self._fresh = self._fresh, []
        return list(dict.fromkeys(fresh))

    def take(  # noqa: PLR0913 - what is known of a fragment
        self,
        name: str,
        pointer: str,
        text: str,
        role: Role,
        kind: Kind,
        *,
        fixed: bool = False,
        embedded: bool = False,
        whole: bool = False,
    ) -> None:
        """A fragment of a channel in the newest frame, at a pointer into its data."""
        newest = self.held[-1]
        channel = self.channels.get(name)
        if whole and channel is not None:
            if channel.text == text:
                newest.pieces.append(Piece(channel, pointer, 0, channel.length))
                channel.ended = True
                self._fresh.append(channel)
                return
            name, channel = f"/frames/{newest.index}{pointer}", None
        elif channel is not None and channel.ended and channel.embedded:
            name, channel, whole = f"/frames/{newest.index}{pointer}", None, True
        if channel is None:
            channel = Channel(name, role, kind, fixed=fixed, embedded=embedded)
            self.channels[name] = channel
        start = channel.add(text)
        newest.pieces.append(Piece(channel, pointer, start, channel.length))
        channel.ended = whole
        self._fresh.append(channel)

    # -- what leaves -----------------------------------------------------------------------------

    def let(self, channel: Channel, limit: int) -> None:
        """Let a channel's text leave up to a place."""
        if limit > channel.released:
            channel.released = limit
            self.begun = True
            self._stuck = False

    def release(self) -> bytes:
        """The bytes of the frames that may leave now.

        Frames leave in order. Where the dialect allows it, a text overtakes frames that hold nothing
        but parts of other channels, so that it flows while a tool call is still looked at.
        """
        if self._stuck:
            return b""
        out: list[bytes] = []
        stay: list[Held] = []
        for held in self.held:
            if (self.closed or not held.last) and held.approved and self._may_pass(held, stay):
                out.append(self._left(held, held.rendered()))
            else:
                stay.append(held)
        self.held = stay
        self._stuck = bool(stay)
        return b"".join(out)

    def cut_off(self) -> bytes:
        """What may leave when nothing else will: every text as far as it was released, no more."""
        out: list[bytes] = []
        whole = True
        for held in self.held:
            whole = whole and not held.last and held.approved
            begun = any(piece.channel.released > piece.start for piece in held.pieces)
            if whole or (begun and held.divisible and not held.replaceable):
                out.append(self._left(held, held.rendered(cut=True)))
        self.held = []
        return b"".join(out)

    def _may_pass(self, held: Held, stay: Sequence[Held]) -> bool:
        if not stay:
            return True
        if not self._overtaking or not held.flows:
            return False
        mine = {piece.channel for piece in held.pieces}
        passed = [piece.channel for other in stay for piece in other.pieces]
        return not any(channel in mine or channel.flows for channel in passed)

    def _left(self, held: Held, raw: bytes) -> bytes:
        self.delivered += held.marks
        self.held_bytes -= len(held.frame.raw)
        return raw

    # -- the whole -------------------------------------------------------------------------------

    def gathered(self, channels: Iterable[Channel] | None = None) -> Gather:
        """The segments of channels; of all where none are named."""
        gather = Gather("assistant")
        for channel in self.channels.values() if channels is None else channels:
            gather.role = channel.role
            if channel.embedded:
                gather.embedded(channel.kind, channel.name, channel.text)
            else:
                gather.segment(channel.kind, channel.name, channel.text, fixed=channel.fixed)
        gather.gaps += self.gaps
        return gather

    def rewrite(self, edits: Sequence[Edit]) -> bytes:
        """All frames that are here, with edits of channels made and nothing held back.

        Raises:
            LookupError: an edit of a channel that is not there, or must not be edited.
        """
        wanted = self.surfaced(edits)
        for name, channel in self.channels.items():
            channel.edits = merged(wanted.get(name, ()))
        return b"".join(held.rendered() for held in self.held)

    def surfaced(self, edits: Iterable[Edit]) -> Mapping[str, list[Edit]]:
        """Edits by the channel they concern; those that go into embedded JSON are brought to its surface.

        Raises:
            LookupError: as :meth:`rewrite`.
        """
        outer: dict[str, list[Edit]] = {}
        inner: dict[str, list[Edit]] = {}
        for edit in edits:
            channel = self.channel(edit.pointer)
            if channel.name == edit.pointer:
                outer.setdefault(channel.name, []).append(_inside(edit, channel))
            else:
                below = Edit(edit.pointer[len(channel.name) :], edit.start, edit.end, edit.text)
                inner.setdefault(channel.name, []).append(below)
        for name, several in inner.items():
            found = patches(self.channels[name].text, several)
            outer.setdefault(name, []).extend(Edit(name, p.start, p.end, p.text) for p in found)
        return outer

    def channel(self, pointer: str) -> Channel:
        """The channel of a segment: its own, or the JSON text in which the segment stands.

        Raises:
            LookupError: there is none.
        """
        name = pointer
        while name:
            channel = self.channels.get(name)
            if channel is not None and (name == pointer or channel.embedded):
                return channel
            name = name.rpartition("/")[0]
        raise LookupError("no channel of this name")


class Scope(Sink):
    """The sink of a part of the newest frame."""

    __slots__ = ("_name", "_pointer", "_tape", "_whole", "role")

    def __init__(self, tape: Tape, pointer: str, name: str, *, whole: bool) -> None:
        self.role: Role = "assistant"
        self._tape = tape
        self._pointer = pointer
        self._name = name
        self._whole = whole

    def segment(self, kind: Kind, pointer: str, text: str, *, fixed: bool = False) -> None:
        """Add a fragment to its channel."""
        if text:
            self._tape.take(
                self._name + pointer, self._pointer + pointer, text, self.role, kind,
                fixed=fixed, whole=self._whole,
            )  # fmt: skip

    def embedded(self, kind: Kind, pointer: str, text: str) -> None:
        """Add a fragment of JSON text to its channel."""
        if text:
            self._tape.take(
                self._name + pointer, self._pointer + pointer, text, self.role, kind,
                embedded=True, whole=self._whole,
            )  # fmt: skip

    def gap(self, pointer: str, reason: str) -> None:
        """Note a part that cannot be read, once a channel."""
        self._tape.gaps[Unscanned(self._name + pointer, reason)] = None


def _inside(edit: Edit, channel: Channel) -> Edit:
    if channel.fixed or not 0 <= edit.start <= edit.end <= channel.length:
        raise LookupError("this text cannot be edited so")
    return edit
