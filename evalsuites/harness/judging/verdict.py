"""What a judge may say, read strictly: one word, or one JSON object, and nothing beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.reading import check_keys, choice, mapping, no_number, text

VERSION = 1
"""Part of a profile's digest: a parser that reads otherwise makes another judge."""

Verdict = Literal["pass", "fail", "abstain"]
Vote = Literal["pass", "fail", "abstain", "unreadable"]
_WORDS: tuple[Verdict, ...] = ("pass", "fail", "abstain")
REASON = "reason"
"""A field in which a judge that answers in JSON may explain itself; it is not read."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a verdict is written."""

    json: bool
    words: Mapping[str, Vote]
    """What each word means."""

    field: str = "verdict"

    def read(self, said: str) -> Vote:
        """The vote; ``unreadable`` for anything but exactly one verdict."""
        word = _field(said, self.field) if self.json else said.strip()
        return self.words.get(word, "unreadable") if isinstance(word, str) else "unreadable"

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of an answer."""
        verdict = {"type": "string", "enum": sorted(self.words)}
        return {
            "type": "object",
            "properties": {self.field: verdict, REASON: {"type": "string"}},
            "required": [self.field, REASON],
            "additionalProperties": False,
        }


def form_of(raw: object, where: str) -> Form:
    """The form that a profile asks for.

    Raises:
        UsageFault: it cannot be used.
    """
    entry = mapping(raw, where)
    check_keys(entry, {"form", "field", *_WORDS}, {"form", "pass", "fail"}, where)
    as_json = choice(entry["form"], ("label", "json"), f"{where}.form") == "json"
    if "field" in entry and not as_json:
        raise UsageFault(where, "a label has no `field`")
    words: dict[str, Vote] = {}
    for vote in _WORDS:
        if vote in entry:
            words[text(entry[vote], f"{where}.{vote}").strip()] = vote
    if len(words) != len(entry.keys() & set(_WORDS)) or "" in words:
        raise UsageFault(where, "every verdict needs a word of its own")
    field = text(entry.get("field", "verdict"), f"{where}.field")
    if field == REASON:
        raise UsageFault(f"{where}.field", f"`{REASON}` is for the explanation")
    return Form(as_json, words, field)


def agreed(votes: Sequence[Vote], *, all_of_them: bool) -> Verdict:
    """What the votes come to: ``abstain`` where they do not agree, or agree on no verdict."""
    needed = len(votes) if all_of_them else len(votes) // 2 + 1
    if votes.count("pass") >= needed:
        return "pass"
    return "fail" if votes.count("fail") >= needed else "abstain"


def _field(said: str, name: str) -> object:
    try:
        found = json.loads(said, object_pairs_hook=_once, parse_constant=no_number)
    except (ValueError, RecursionError):
        return None
    known = isinstance(found, dict) and found.keys() <= {name, REASON}
    return found.get(name) if known else None


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """A name that stands twice could be read in two ways."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
