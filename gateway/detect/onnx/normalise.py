"""The text as a classifier should read it: disguises removed, offsets into the original kept.

Invisible characters vanish, look-alikes of other scripts become the letters that they imitate,
emoji become words, letters set apart are joined, digits standing in for letters are read as
letters, stretched words are shortened. Training and serving share this file, so that a model sees
what it was trained on. The work is linear in the length of the text, and no text makes it raise.
"""

# ruff: noqa: E501, RUF001 - look-alikes are what this file is about

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

VERSION: Final = "1"
"""Changes with the behaviour; a model states which one it was trained with."""

_IMITATED: Final = {
    "a": "аɑαᴀ", "b": "ьвβʙƀ", "c": "сϲᴄ", "d": "ԁɗđᴅ", "e": "еёєεᴇ", "f": "ғꜰ", "g": "ɡɢ", "h": "һнհʜħ",
    "i": "іїιıɪ", "j": "јᴊ", "k": "кκᴋ", "l": "ӏʟł", "m": "мᴍ", "n": "ոηпɴ", "o": "оοօᴏø", "p": "рρᴘ", "q": "ԛզ",
    "r": "гʀ", "s": "ѕꜱ", "t": "тτᴛ", "u": "υսᴜ", "v": "ѵνᴠ", "w": "ѡωԝᴡ", "x": "хχ", "y": "уүγʏ", "z": "ᴢ",
    "A": "АΑ", "B": "ВΒ", "C": "СϹ", "E": "ЕΕЁ", "G": "Ԍ", "H": "НΗ", "I": "ІΙӀ", "J": "Ј", "K": "КΚ", "M": "МΜ",
    "N": "Ν", "O": "ОΟՕ", "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "V": "Ѵ", "X": "ХΧ", "Y": "УΥҮ", "Z": "Ζ",
}  # fmt: skip
_TWINS: Final = {twin: letter for letter, twins in _IMITATED.items() for twin in twins}
_NAME_WORDS: Final = 4
_LONGEST: Final = 32
_SQUARED: Final = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
"""Where the alphabets of squared, circled and regional capitals begin."""

_APART: Final = re.compile(r"(?<!\w)[^\W\d_]([ .\-_*|/·])[^\W\d_](?:\1[^\W\d_]){2,}(?!\w)")
_LEET: Final = str.maketrans("0134578@$!", "oieastbasi")
_WORD: Final = re.compile(r"(?<![\w@$!./:#&=+-])[\w@$!]++(?!\.?[\w/:#&=+-])", re.ASCII)
_DISGUISED: Final = re.compile(
    r"(?!@|.*(?:[269_]|\d{3}))\w?.*[a-z][@$!\d]{1,2}[a-z]", re.ASCII | re.IGNORECASE
)
_HINT: Final = re.compile(r"[a-z][@$!\d]{1,2}[a-z]", re.ASCII | re.IGNORECASE)
"""In every disguised word. Most texts have no such place, and need not be read word by word."""

_STRETCHED: Final = re.compile(r"(?<=[A-Za-z])([A-HJ-Za-z])\1{2,}|([A-HJ-Za-z])\2{2,}(?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A readable text and where each of its characters stood in the original."""

    text: str
    offsets: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that a stretch of this text, not empty, came from."""
        return self.offsets[start], self.offsets[end - 1] + 1


def normalise(text: str) -> Normalised:
    """The readable form of a text. Without disguises it is the text itself."""
    plain = Normalised(text, range(len(text))) if text.isascii() else _unfold(text)
    plain = _edit(_APART, plain, _join)
    plain = _edit(_WORD, plain, _read) if _HINT.search(plain.text) else plain
    return _edit(_STRETCHED, plain, _shorten)


def _unfold(text: str) -> Normalised:
    readings = {char: _reading(char) for char in set(text)}
    pairs = [(char, at) for at, source in enumerate(text) for char in readings[source]]
    return Normalised("".join(char for char, _ in pairs), [at for _, at in pairs])


def _reading(char: str) -> str:
    """What one character stands for: itself, a letter, a few words, or nothing."""
    if char in _TWINS or char.isascii():
        return _TWINS.get(char, char)
    if char != (alphabet := _from_alphabet(ord(char))):
        return alphabet
    category = unicodedata.category(char)
    if category in {"Cf", "Mn", "Me", "Sk"}:
        return ""
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    folded = unicodedata.normalize("NFKD", char)
    if folded == char and category == "So":
        return _named(char)
    return "".join(_TWINS.get(part, part) for part in folded if not unicodedata.combining(part))


def _from_alphabet(code: int) -> str:
    """Letters of the hidden tag alphabet and of the emoji alphabets."""
    if 0xE0020 <= code <= 0xE007E:
        return chr(code - 0xE0000)
    starts = (start for start in _SQUARED if start <= code < start + 26)
    return next((chr(ord("A") + code - start) for start in starts), chr(code))


def _named(char: str) -> str:
    words = unicodedata.name(char, "").lower().replace("-", " ").split()
    return f" {' '.join(words[:_NAME_WORDS])} " if words else char


Edit = Callable[[re.Match[str]], Iterable[tuple[int, str]] | None]


def _edit(pattern: re.Pattern[str], old: Normalised, edit: Edit) -> Normalised:
    """Replace every match by the characters, with their places in the old text, that `edit` names, if any."""
    text: list[str] = []
    places: list[int] = []
    done = 0
    for match in pattern.finditer(old.text):
        if (new := edit(match)) is None:
            continue
        kept = list(new)
        text += old.text[done : match.start()], *(char for _, char in kept)
        places += (*range(done, match.start()), *(at for at, _ in kept))
        done = match.end()
    if not done:
        return old
    places += range(done, len(old.text))
    return Normalised("".join((*text, old.text[done:])), [old.offsets[at] for at in places])


def _join(match: re.Match[str]) -> Iterable[tuple[int, str]]:
    return ((at, match.string[at]) for at in range(match.start(), match.end(), 2))


def _read(match: re.Match[str]) -> Iterable[tuple[int, str]] | None:
    word = match[0]
    bare = word.rstrip("!")
    if len(bare) > _LONGEST or not _DISGUISED.match(bare):
        return None
    return enumerate(bare.translate(_LEET) + word[len(bare) :], match.start())


def _shorten(match: re.Match[str]) -> Iterable[tuple[int, str]]:
    yield match.start(), match.string[match.start()]
