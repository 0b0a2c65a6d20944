"""How a placeholder is spelled, and how it is known again after a model has handled it.

A token is the kind of the value and a code in brackets, ``[EMAIL-lusab-babad-gutih]``. The code is 48 bits
of a keyed digest as three pronounceable quintets (the alphabet of proquints, arXiv:0901.4016): letters only,
so nothing in it is an escape in JSON, part of a number, or told by its case; the length is fixed, so that no
token is the beginning of another. Brackets make models hand it on as one thing (measured:
``docs/explanation/redaction.md``).

What models change about a token is read past: letter case, emphasis and escapes of Markdown, another dash,
a space or a line break in place of one, and brackets or a kind that are left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CONSONANTS = "bdfghjklmnprstvz"
VOWELS = "aiou"
QUINTETS = 3
QUINTET = 5
LETTERS = QUINTETS * QUINTET
"""Letters of a code."""

BETWEEN = "-_ \t\n\r\\*`~\u00a0\u00ad\u200b\u200c\u200d\u2010\u2011\u2012\u2013\u2014\u2060"
"""What may stand between the parts of a code."""

JOINING = BETWEEN.translate(dict.fromkeys(map(ord, " \t\n\r\u00a0")))
"""What must follow a kind. Not a space: a word before a code is only a word."""

LONGEST_BETWEEN = 4
KIND = 20
"""Longest kind, in letters."""

LONGEST = KIND + LETTERS + QUINTETS * LONGEST_BETWEEN + len("[]")
"""Longest spelling that is still known again, in characters."""

_QUINTET = f"[{CONSONANTS}][{VOWELS}][{CONSONANTS}][{VOWELS}][{CONSONANTS}]"
_BETWEEN = f"[{re.escape(BETWEEN)}]{{0,{LONGEST_BETWEEN}}}"
_CODE = re.compile(_BETWEEN.join([_QUINTET] * QUINTETS))
_RUN = re.compile(f"[a-z{re.escape(BETWEEN)}]*\\Z")
_NO_LETTER = re.compile("[^a-z]+")


@dataclass(frozen=True, slots=True)
class Token:
    """One placeholder."""

    kind: str
    """Lower-case letters: what sort of value it stands for."""

    code: str
    """Fifteen lower-case letters."""

    def __str__(self) -> str:
        quintets = (self.code[at : at + QUINTET] for at in range(0, LETTERS, QUINTET))
        return f"[{'-'.join((self.kind.upper(), *quintets))}]"


def token(label: str, digest: bytes) -> Token:
    """The token of a label and the keyed digest of a value, of which 48 bits are used."""
    numbers = (int.from_bytes(digest[at : at + 2], "big") for at in range(0, 2 * QUINTETS, 2))
    return Token(kind(label), "".join(map(_quintet, numbers)))


def kind(label: str) -> str:
    """A label as letters only: ``us_ssn`` is ``usssn``."""
    return _NO_LETTER.sub("", label.lower())[:KIND] or "data"


def lowered(text: str) -> str:
    """A text in lower case, character by character, so that offsets stay."""
    lower = text.lower()
    # The one character that gets longer in lower case.
    return lower if len(lower) == len(text) else text.replace("\u0130", "i").lower()


def codes(lower: str, beginnings: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and letters of what is spelled like a code that begins with one of these quintets."""
    for beginning in beginnings:
        at = lower.find(beginning)
        while at >= 0:
            found = _CODE.match(lower, at)
            if found is not None:
                yield at, found.end(), _NO_LETTER.sub("", found[0])
            at = lower.find(beginning, at + 1)


def with_kind(lower: str, start: int, name: str, floor: int) -> int:
    """Where a token begins whose code begins at ``start``: at its kind, if that stands before it."""
    at = start
    while at > max(floor, start - LONGEST_BETWEEN) and lower[at - 1] in BETWEEN:
        at -= 1
    if at < start and lower[at] not in JOINING:
        return start
    begin = at - len(name)
    return begin if begin >= floor and lower.startswith(name, begin) else start


def with_brackets(text: str, start: int, end: int, floor: int) -> tuple[int, int]:
    """A token's span with the brackets around it, if there are both."""
    return (start - 1, end + 1) if opened(text, start, floor) and text.startswith("]", end) else (start, end)


def opened(text: str, start: int, floor: int) -> bool:
    """Whether a bracket opens right before a token."""
    return start > floor and text[start - 1] == "["


def tail(lower: str, start: int) -> tuple[int, str]:
    """The letters at the end of a text which could be the beginning of a token, and where the run begins."""
    found = _RUN.search(lower, max(start, len(lower) - LONGEST))
    begin = found.start() if found else len(lower)
    return begin, _NO_LETTER.sub("", lower[begin:])


def _quintet(number: int) -> str:
    """Sixteen bits as consonant, vowel, consonant, vowel, consonant."""
    return (
        CONSONANTS[number >> 12 & 15]
        + VOWELS[number >> 10 & 3]
        + CONSONANTS[number >> 6 & 15]
        + VOWELS[number >> 4 & 3]
        + CONSONANTS[number & 15]
    )
