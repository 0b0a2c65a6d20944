"""A stream while it is read, frame by frame, and the whole of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.exchange import Usage
from gateway.core.segment import Segment, Unscanned
from gateway.wire.splice import Edit
from gateway.wire.sse import Frame, Parser
from gateway.wire.tape import Tape


class Framing(Protocol):
    """Takes bytes apart into frames. The chunking never changes them, and joined they are the stream."""

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that this chunk completes."""

    def close(self) -> list[Frame]:
        """What is left at the end of the stream."""


class StreamReader:
    """One stream in one dialect. A dialect's reader says in :meth:`read` what its events mean."""

    def __init__(self, framing: Framing | None = None, *, overtaking: bool = False) -> None:
        self.framing: Framing = framing or Parser()
        self.tape = Tape(overtaking=overtaking)
        self.usage = Usage()
        self.finish = ""
        """The model's own finish reason; of several choices, the first one's."""

        self.model = ""
        self.error: str | None = None
        """The code or type of an error event in the stream."""

        self.complete = False
        """Whether the stream's own end marker was seen."""

    def feed(self, frame: Frame) -> None:
        """Read the next frame. Never raises: what is not understood is read as it stands."""
        self.tape.add(frame)
        if frame.data:
            self.read(frame)

    def close(self) -> None:
        """No more frames will come."""
        self.tape.close()

    def read(self, frame: Frame) -> None:  # noqa: ARG002 - a dialect's reader looks at it
        """What a frame with data means. The tape's newest frame is this one."""
        self.tape.unread()

    def fault(self, envelope: bytes) -> bytes:
        """The stream's end where it breaks off: an error envelope in the place of an event.

        It follows what has left so far, as :meth:`ending` does.
        """
        return b"data: " + envelope + b"\n\n"

    def ending(self, ours: Mapping[str, str]) -> bytes:
        """The stream's end in the dialect's own form, when policy lets nothing more out.

        It follows what has left so far (see :attr:`Tape.delivered`); ``ours`` says why, for a field of
        our own.
        """
        raise NotImplementedError


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
    complete: bool
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


def is_event_stream(content_type: bytes) -> bool:
    """Whether a response is a stream of server-sent events."""
    return content_type.startswith(b"text/event-stream")


def read_whole(reader: StreamReader, raw: bytes) -> StreamView:
    """A whole stream at once. Never raises."""
    for frame in (*reader.framing.feed(raw), *reader.framing.close()):
        reader.feed(frame)
    reader.close()
    gather = reader.tape.gathered()
    return StreamView(
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        usage=reader.usage,
        finish=reader.finish,
        model=reader.model,
        error=reader.error,
        complete=reader.complete,
        tape=reader.tape,
        fixed=frozenset(gather.fixed),
    )
