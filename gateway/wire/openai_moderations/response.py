"""Scores in the shape of OpenAI's moderation results.

Each of their categories is answered by the score of ours that means the same, or, where theirs means
two things at once, by the lower of the two. Where we have nothing of the kind, the category is false,
and ``category_applied_input_types``, which lists what a score speaks of, is empty: not judged.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from gateway.wire.dialect import Envelope

CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = {
    "harassment": ("toxicity/insult",),
    "harassment/threatening": ("toxicity/insult", "toxicity/threat"),
    "hate": ("toxicity/hate",),
    "hate/threatening": ("toxicity/hate", "toxicity/threat"),
    "illicit": ("harm_request",),
    "illicit/violent": ("harm_request", "toxicity/violence"),
    "self-harm": ("toxicity/self_harm",),
    "self-harm/intent": (),
    "self-harm/instructions": ("harm_request", "toxicity/self_harm"),
    "sexual": ("toxicity/sexual",),
    "sexual/minors": (),
    "violence": ("toxicity/violence",),
    "violence/graphic": (),
}


@dataclass(frozen=True, slots=True)
class Scores:
    """What is known of one input."""

    scores: Mapping[str, float]
    """Every score by its name."""

    found: Collection[str]
    """Names of the scores that reached their threshold."""


def answer(id_: str, model: str, results: Sequence[Scores]) -> Envelope:
    """The whole response."""
    body = {"id": id_, "model": model, "results": [_result(each) for each in results]}
    return Envelope(200, ((b"content-type", b"application/json"),), orjson.dumps(body))


def _result(given: Scores) -> dict[str, object]:
    known = {name: ours for name, ours in CATEGORIES.items() if ours and given.scores.keys() >= set(ours)}
    categories = {
        name: name in known and all(score in given.found for score in ours)
        for name, ours in CATEGORIES.items()
    }
    return {
        "flagged": any(categories.values()),
        "categories": categories,
        "category_scores": {
            name: min(given.scores[score] for score in known[name]) if name in known else 0.0
            for name in CATEGORIES
        },
        "category_applied_input_types": {name: ["text"] if name in known else [] for name in CATEGORIES},
        "lictor": {"scores": dict(given.scores), "found": sorted(given.found)},
    }
