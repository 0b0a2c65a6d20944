"""Data in a prompt: set apart by a mark that the data cannot contain.

What is judged was written by what is on trial, and may ask the judge to pass it. So every piece of data
stands between two lines with a mark that is new for each case. It is made from the data itself, so that a
replay asks the same; a text that has its own mark in it gets another one.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping

from evalsuites.harness.suite import canonical

VERSION = 1
"""Part of a profile's digest: other fences make another judge."""

_LENGTH = 12
_TURN = re.compile(
    r"<(?=\|[^|>\n]{0,40}\|>|(?:start|end)_of_turn>|/?s>|bos>|eos>)|\[(?=/?INST\])", re.IGNORECASE
)
"""The first sign of what a chat template takes for the border between two speakers."""


def mark_of(case: str, values: Mapping[str, str], length: int = _LENGTH) -> str:
    """A mark that none of the texts contains, nor anything that reads like it; equal for equal input.

    Args:
        case: what the question is about.
        values: the data.
        length: of the mark, in hexadecimal digits.
    """
    texts = [_read(text) for text in values.values()]
    attempt = 0
    while True:
        mark = hashlib.sha256(canonical([case, dict(values), attempt])).hexdigest()[:length]
        if not any(mark in text for text in texts):
            return mark
        attempt += 1


def fenced(name: str, text: str, mark: str) -> str:
    """A text between its two lines."""
    return f"<{name} {mark}>\n{neutral(text)}\n</{name} {mark}>"


def neutral(text: str) -> str:
    """The text, with a space in whatever a chat template could take for the end of a turn."""
    return _TURN.sub(lambda found: f"{found[0]} ", text)


def _read(text: str) -> str:
    """The text as a reader sees it: without spelling variants, nor signs that do not show."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())
