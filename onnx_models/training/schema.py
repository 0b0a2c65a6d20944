"""What the model answers: the labels of a whole text and the tags of its tokens."""

from dataclasses import dataclass, field
from typing import Final

LABELS: Final = (
    "toxicity",
    "hate",
    "insult",
    "threat",
    "sexual",
    "profanity",
    "self_harm",
    "violence",
    "bias",
    "injection",
    "harm_request",
)
"""One logit each, in this order."""

TAGGED: Final = (
    "PERSON",
    "LOCATION",
    "ORGANIZATION",
    "STREET_ADDRESS",
    "DATE_TIME",
    "ID_NUMBER",
    "USERNAME",
    "PHONE",
    "EMAIL",
    "URL",
    "IP_ADDRESS",
    "CREDIT_CARD",
    "IBAN",
    "SECRET",
)
"""The span types that the token head knows."""

TAGS: Final = ("O", *(f"{place}-{kind}" for kind in TAGGED for place in "BI"))
"""One logit a token each: outside, or the beginning or the inside of a span."""


@dataclass(frozen=True, slots=True)
class Span:
    """A typed piece of the text."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One annotated text. A label or span type that is not annotated is unknown, which is not 'no'."""

    text: str
    source: str
    id: str
    labels: dict[str, float] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    covered: frozenset[str] = frozenset()
    """Span types that are annotated; everything else in the row is unknown."""

    group: str = ""
    """Rows of one group stay on one side of every split."""

    subgroup: str = ""
    """Who the text is about, where the source says so; for the fairness tables."""
