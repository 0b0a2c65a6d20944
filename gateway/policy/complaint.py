"""Complaints: what is wrong in a bundle, and where."""

from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """Something wrong in a bundle, at a place that an editor can open."""

    file: str
    line: int
    rule: str
    """Id of the rule where it has one, else its name, else what the place is about."""

    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: `{self.rule}`: {self.message}"


def suggestion(word: str, known: list[str]) -> str:
    """``; did you mean …?`` when a known word is close, else nothing."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""
