"""Templates with slots. Rows of one template form a group, so a split holds whole templates out."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from onnx_models.training.schema import Row

Slots = Mapping[str, Sequence[str]]

_SLOT: Final = re.compile(r"\{(\w+)\}")


def fill(  # noqa: PLR0913, PLR0917 - what a family of templates consists of
    source: str, templates: Sequence[str], labels: Mapping[str, float], slots: Slots, count: int, seed: int
) -> Iterator[Row]:
    """Rows from every template in turn, each slot drawn afresh."""
    rng = random.Random(seed)
    for number in range(count):
        template = templates[number % len(templates)]
        group = f"{source}:{template}"
        subject = ""

        def draw(match: re.Match[str]) -> str:
            nonlocal subject
            word = rng.choice(slots[match[1]])
            subject = word if match[1] in {"people", "person"} else subject
            return word

        text = _SLOT.sub(draw, template)
        yield Row(
            _varied(text, rng), source, f"{group}:{number}", dict(labels), group=group, subgroup=subject
        )


def _varied(text: str, rng: random.Random) -> str:
    """Writers do not agree on capitals and full stops."""
    match rng.randrange(6):
        case 0:
            return text.lower()
        case 1:
            return text.rstrip(".")
        case 2:
            return text.lower().rstrip(".!")
    return text
