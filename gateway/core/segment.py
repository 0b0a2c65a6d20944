"""A segment: one piece of governable text of an exchange."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Role = Literal["system", "developer", "user", "assistant", "tool"]

Kind = Literal[
    "text",
    "system",
    "reasoning",
    "refusal",
    "tool_arguments",
    "tool_result",
    "tool_definition",
    "name",
    "metadata",
]


class Segment(NamedTuple):
    """One piece of text that detectors read and rules judge. A tuple: long conversations have many."""

    id: str
    """Unique inside its phase: ``s0``, ``s1``, … in the order of the body."""

    role: Role
    """Who is speaking, in the provider-neutral vocabulary above."""

    kind: Kind
    """What the text is for."""

    pointer: str
    """Where the text lives: an RFC 6901 pointer into the raw JSON body, or, in a stream, the
    channel's name (``/choices/0/delta/content``)."""

    text: str
    """The decoded text. Never recorded."""


@dataclass(frozen=True, slots=True)
class Unscanned:
    """A part of the body that carries content which no detector can read here."""

    pointer: str
    """RFC 6901 pointer to the part."""

    reason: str
    """Why it is not scanned: ``image``, ``audio``, ``file``, ``unknown_part``, …"""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the request offers to the model."""

    name: str
    pointer: str
    """RFC 6901 pointer to the array element that defines it."""
