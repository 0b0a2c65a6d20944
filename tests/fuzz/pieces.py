"""How an input says where it was cut: a piece ends wherever this byte stands."""

from collections.abc import Callable

Target = Callable[[bytes], None]
"""Takes any bytes; raises where a property does not hold."""

EDGE = b"\x1f"
"""No byte of JSON, nor of what SSE frames. So a fuzzer moves the cuts as it moves anything else."""


def pieces(data: bytes) -> list[bytes]:
    """The pieces that an input consists of, in which it arrives."""
    return data.split(EDGE)


def bytewise(raw: bytes) -> list[bytes]:
    """As many pieces as there are bytes."""
    return [raw[at : at + 1] for at in range(len(raw))]
