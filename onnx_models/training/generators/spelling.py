"""The usual disguises: a text as somebody writes it who wants to get past a filter."""

# ruff: noqa: RUF001 - look-alikes are what this file is about

import random
from collections.abc import Callable, Mapping
from typing import Final

Disguise = Callable[[str, random.Random], str]

_LEET: Final = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7"}
_TWINS: Final = {"a": "а", "c": "с", "e": "е", "i": "і", "o": "о", "p": "р", "s": "ѕ", "x": "х", "y": "у"}
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\u00ad"
_EMOJI: Final = "🔥😂💀🙏✨👀😊🎉"


def leet(text: str, rng: random.Random) -> str:
    """Digits and signs for letters."""
    return "".join(rng.choice(_LEET[char]) if char in _LEET and rng.random() < 0.5 else char for char in text)


def homoglyphs(text: str, rng: random.Random) -> str:
    """Letters of other alphabets that look the same."""
    return "".join(_TWINS.get(char, char) if rng.random() < 0.6 else char for char in text)


def invisible(text: str, rng: random.Random) -> str:
    """Characters without width between the letters."""
    return "".join(char + rng.choice(_INVISIBLE) if rng.random() < 0.4 else char for char in text)


def spaced(text: str, rng: random.Random) -> str:
    """Words with their letters set apart."""
    sign = rng.choice(" .-_*")
    return "  ".join(
        sign.join(word) if len(word) > 3 and word.isalpha() else word for word in text.split(" ")
    )


def emoji(text: str, rng: random.Random) -> str:
    """Emoji strewn between the words."""
    return " ".join(
        f"{word} {rng.choice(_EMOJI)}" if rng.random() < 0.2 else word for word in text.split(" ")
    )


def masked(text: str, rng: random.Random) -> str:
    """A star over a letter inside some words."""
    return " ".join(
        _mask(word, rng) if len(word) > 3 and rng.random() < 0.4 else word for word in text.split(" ")
    )


def typos(text: str, rng: random.Random) -> str:
    """Neighbouring letters swapped."""
    chars = list(text)
    for at in range(1, len(chars) - 2):
        if chars[at].isalpha() and chars[at + 1].isalpha() and rng.random() < 0.06:
            chars[at], chars[at + 1] = chars[at + 1], chars[at]
    return "".join(chars)


def _mask(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    return f"{word[:at]}*{word[at + 1 :]}"


DISGUISES: Final[Mapping[str, Disguise]] = {
    "leet": leet,
    "homoglyphs": homoglyphs,
    "invisible": invisible,
    "spaced": spaced,
    "emoji": emoji,
    "masked": masked,
    "typos": typos,
}
"""By name, for the robustness table."""
