"""The coverage census: each field of each endpoint, and whether its text is read.

The tables lie with their dialects (``census.py`` in each folder) and hang on the endpoint table.

A field is a path of names; ``*`` is any one name or position, ``**`` any number of them, and
``<image>`` behind a part says which ``type`` it has. The first line that fits a field is the one
that counts, and it speaks for everything below the field. Behind the path stands the kind of the
segments, or the reason why there are none:

control     steers and does not speak: an identifier, an enumeration, a model's name. Read all the
            same (as ``metadata``) where it holds more than one plain word
image, audio, file
            cannot be read here; listed as unscanned with every exchange that has one
encrypted   the provider's own secret; listed as unscanned likewise
signature   the provider's own proof or handle, beside a text that is read
credential  meant for the provider, and for nobody else
alternative a token that the model did not choose
asker       what another gateway says about its call; no model is told of it
vector      numbers that stand for a text

A third word names what is listed as unscanned where the field stands so that it cannot be read:

tokens      numbers of a vocabulary in place of text
history_unseen, template_unseen
            a reference to what the provider keeps and the gateway does not see
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import get_args

from gateway.core.segment import Kind
from gateway.wire.endpoint import Direction
from gateway.wire.endpoints import ENDPOINTS
from gateway.wire.litellm_guardrail import ENDPOINT as LITELLM
from gateway.wire.litellm_guardrail.census import REQUEST as LITELLM_REQUEST


@dataclass(frozen=True, slots=True)
class Entry:
    """One field."""

    endpoint: str
    direction: Direction
    field: str
    scanned: bool
    kind: str
    """The kinds of its segments (``|`` between them); empty where it is not scanned."""

    reason: str
    """Why it is not scanned; empty where it is."""

    gap: str = ""
    """What is listed as unscanned, with an exchange in which the field stands so that it cannot be read."""


@cache
def census() -> tuple[Entry, ...]:
    """Every declared field of every endpoint, in the order in which the lines count."""
    return tuple(
        _entry(name, direction, *line.split())
        for name, direction, table in _tables()
        for line in table.splitlines()
        if line.strip()
    )


def _tables() -> Iterator[tuple[str, Direction, str]]:
    """Of what is forwarded, and of what another gateway asks about."""
    for endpoint in ENDPOINTS:
        for direction, table in endpoint.census.items():
            yield endpoint.name, direction, table
    yield LITELLM, "request", LITELLM_REQUEST


def _entry(endpoint: str, direction: Direction, path: str, word: str, gap: str = "") -> Entry:
    scanned = set(word.split("|")) <= set(get_args(Kind))
    return Entry(endpoint, direction, path, scanned, word if scanned else "", "" if scanned else word, gap)
