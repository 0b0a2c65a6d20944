"""The placeholders of one exchange: which values of the caller's they stand for, and the way back.

The map lives and dies with the exchange. It holds the values that *this* request carried and nothing
else, so no answer can be given a value of another caller or another exchange. Turns before need no
memory: the client sends them again with the values in them, and the same value gets the same token.

A token depends on tenant, label and value alone, under a key of the deployment: the same on every
replica and after every restart, different for different tenants, and no guess at a value can be tested
without the key.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from gateway.flow.tokens import QUINTET, Token, codes, lowered, opened, tail, token, with_brackets, with_kind
from gateway.wire.splice import Edit, encoded

Seal = Callable[[str, Sequence[str]], bytes]
"""Keyed digest (32 bytes) of several texts, for one purpose."""

PURPOSE = "placeholder"

_GROUPED = re.compile(r"card|iban|phone|bank_account|imei|vin|(?!ip_)[a-z]{2}_[a-z_]+", re.IGNORECASE)
"""Labels of numbers that are written with and without separators, which mean nothing."""

_SEPARATORS = re.compile(r"[\s./()-]+")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Found:
    """A token of this exchange in a text."""

    start: int
    end: int
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class _Owned:
    token: Token
    label: str
    value: str


class Placeholders:
    """What the tokens of one exchange stand for."""

    __slots__ = ("_beginnings", "_minted", "_owned", "_prefixes", "_seal", "_tenant", "_values")

    def __init__(self, seal: Seal, tenant: str) -> None:
        self._seal = seal
        self._tenant = tenant
        self._owned: dict[str, _Owned] = {}
        self._minted: dict[tuple[str, str], str] = {}
        self._values: set[str] = set()
        self._beginnings: tuple[str, ...] = ()
        self._prefixes: frozenset[str] | None = None

    def __bool__(self) -> bool:
        return bool(self._owned)

    def mint(self, label: str, value: str) -> str:
        """The token of a value that the caller sent, remembered for the way back.

        Another spelling of a value that already has a token (a card number without its spaces) gets one
        of its own, since the way back must lead to what was written.
        """
        text = self._minted.get((label, value))
        if text is None:
            made = next(made for made in self._candidates(label, value) if made.code not in self._owned)
            self._remember(_Owned(made, label, value))
            text = self._minted[label, value] = str(made)
        return text

    def introduced(self, label: str, value: str) -> str | None:
        """The token of a value that the model wrote, or None if it is the caller's own.

        It is not remembered: there is no way back to what the caller did not send.
        """
        if value in self._values:
            return None
        made = next(self._candidates(label, value))
        return None if made.code in self._owned else str(made)

    def find(self, text: str) -> list[Found]:
        """The tokens of this exchange in a text, in order, as a model may have spelled them."""
        if not self._owned:
            return []
        lower = lowered(text)
        out: list[Found] = []
        floor = 0
        for start, end, letters in sorted(codes(lower, self._beginnings)):
            owned = self._owned.get(letters)
            if owned is not None and start >= floor:
                begin = with_kind(lower, start, owned.token.kind, floor)
                begin, end = with_brackets(lower, begin, end, floor)  # noqa: PLW2901 - the same token's end
                out.append(Found(begin, end, owned.label, owned.value))
                floor = end
        return out

    def edits(self, pointer: str, text: str, *, inside_json: bool = False) -> list[Edit]:
        """Edits that put the values back.

        Args:
            pointer: where the text lives.
            text: what the upstream said.
            inside_json: the text is the source of JSON strings, such as tool arguments that were cut
                short; values are escaped so that it stays what it is.
        """
        return [
            Edit(pointer, found.start, found.end, encoded(found.value) if inside_json else found.value)
            for found in self.find(text)
        ]

    def open_tail(self, text: str) -> int:
        """From where a text's end may still become a token; the text's length if nowhere.

        What stands before does not depend on what follows: it can be restored and released, and what
        comes later is restored from here on as if the text began here.
        """
        if not self._owned:
            return len(text)
        found = self.find(text)
        floor = found[-1].end if found else 0
        if found and floor == len(text):
            last = found[-1].start
            return last - 1 if text[-1] != "]" and opened(text, last, 0) else floor
        start = self._begun(lowered(text), floor)
        return start - 1 if opened(text, start, floor) else start

    def _begun(self, lower: str, floor: int) -> int:
        """Where the letters at the end of a text begin that a token could begin with, or its length."""
        begin, letters = tail(lower, floor)
        prefixes = self._all_prefixes()
        for skipped in range(len(letters)):
            if letters[skipped:] in prefixes:
                return _position(lower, begin, skipped)
        return len(lower)

    def _remember(self, owned: _Owned) -> None:
        self._owned[owned.token.code] = owned
        self._values.add(owned.value)
        self._beginnings = tuple(dict.fromkeys((*self._beginnings, owned.token.code[:QUINTET])))
        self._prefixes = None

    def _all_prefixes(self) -> frozenset[str]:
        """What a token that is not complete yet may look like, letters only."""
        if self._prefixes is None:
            self._prefixes = frozenset(
                prefix for owned in self._owned.values() for prefix in _beginnings(owned.token)
            )
        return self._prefixes

    def _candidates(self, label: str, value: str) -> Iterator[Token]:
        """The token of a value, then those for other spellings and for collisions."""
        usual, label = normal(label, value), label.lower()
        yield token(label, self._seal(PURPOSE, (self._tenant, label, usual)))
        for attempt in count():
            yield token(label, self._seal(PURPOSE, (self._tenant, label, usual, value, str(attempt))))


def normal(label: str, value: str) -> str:
    """What different spellings of one value have in common."""
    folded = unicodedata.normalize("NFKC", value).casefold()
    if _GROUPED.fullmatch(label):
        return _SEPARATORS.sub("", folded)
    return _SPACE.sub(" ", folded).strip()


def _beginnings(made: Token) -> Iterator[str]:
    for whole in (made.kind + made.code, made.code):
        yield from (whole[:length] for length in range(1, len(whole)))


def _position(lower: str, begin: int, skipped: int) -> int:
    """Where the letter stands that has ``skipped`` letters between ``begin`` and itself."""
    places = (at for at in range(begin, len(lower)) if "a" <= lower[at] <= "z")
    for _ in range(skipped):
        next(places)
    return next(places)
