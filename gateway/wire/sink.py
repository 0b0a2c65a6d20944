"""Where readers put what they find."""

from typing import Protocol

from gateway.core.segment import Kind, Role


class Sink(Protocol):
    """Takes what a reader finds; the reader never knows whether it reads a body or a frame."""

    role: Role
    """Who is speaking in what is read now."""

    def segment(self, kind: Kind, pointer: str, text: str, *, fixed: bool = False) -> None:
        """A piece of text. ``fixed``: it cannot be edited where it stands."""

    def embedded(self, kind: Kind, pointer: str, text: str) -> None:
        """A string whose text is JSON itself."""

    def gap(self, pointer: str, reason: str) -> None:
        """A part that no detector can read."""
