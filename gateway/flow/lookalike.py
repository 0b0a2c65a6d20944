"""Lookalikes: texts of the same length and make, for callers whose systems check the shape of a value.

A digit becomes a digit, a letter a letter of the same case, everything else stays. The same tenant, label
and value give the same lookalike, under the deployment's key. There is no way back.
"""

from collections.abc import Iterator, Sequence
from itertools import count

from stdnum import luhn

from gateway.flow.placeholders import Seal

PURPOSE = "lookalike"

_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_TRIES = 64


def lookalike(seal: Seal, tenant: str, label: str, value: str) -> str | None:
    """A text that looks like the value and is another, or None where there is none.

    A card number never keeps a right check digit: it could be somebody's.
    """
    for attempt in range(_TRIES):
        made = _drawn(seal, (tenant, label, value, str(attempt)), value)
        if made != value and not luhn.is_valid("".join(filter(str.isdigit, made)) or "1"):
            return made
    return None


def _drawn(seal: Seal, about: Sequence[str], value: str) -> str:
    stream = _bytes(seal, about)
    return "".join(_like(character, stream) for character in value)


def _like(character: str, stream: Iterator[int]) -> str:
    if character.isalpha():
        letter = _LOWER[next(stream) % 26]
        return letter.upper() if character.isupper() else letter
    return _DIGITS[next(stream) % 10] if character.isalnum() else character


def _bytes(seal: Seal, about: Sequence[str]) -> Iterator[int]:
    for block in count():
        yield from seal(PURPOSE, (*about, str(block)))
