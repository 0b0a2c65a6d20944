"""What training reads: the annotated rows, capped by source, and the rows written here."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from onnx_models.training.generators import (
    attacks,
    danger,
    encyclopedia,
    identity,
    injection,
    people,
    prompts,
    swapped,
)
from onnx_models.training.generators.spelling import DISGUISES
from onnx_models.training.schema import TAGGED, Row
from onnx_models.training.split import HELD_OUT, Side, side, spared

_CAP: Final = 9000
_CAPS: Final = {
    "gsm8k": 1200,
    "clinc150": 3500,
    "banking77": 3000,
    "taskmaster4": 1000,
    "boolq_passages": 600,
    "davidson": 5000,
    "paradetox": 9000,
    "wiki_cat_large": 4000,
    "civil_toxic_spans": 5500,
    "mlma": 1500,
    "paradetox_content": 1500,
    "edos": 6500,
    "vicomtech": 6000,
    "redditbias": 5500,
    "bold_wikipedia": 1500,
    "hwu64": 3000,
    "restaurant8k": 2500,
    "synthetic_templates": 6500,
    "decodingtrust_gpt_perspective": 800,
}
"""Rows that one source may contribute to an epoch: large or noisy sources must not drown the others."""

_REPEATED: Final = {
    "deepset_prompt_injections": 3,
    "darkknight25": 2,
    "pyrit_jailbreak_templates": 2,
    "pyrit_scorer_evals": 2,
    "awesome_chatgpt_prompts": 2,
    "wnut17": 2,
    "broad_twitter_corpus_train": 2,
}
"""Small or precious sources come more than once an epoch."""

_NAMED: Final = frozenset({"wnut17", "broad_twitter_corpus_train"})
"""Running text whose names somebody annotated."""

_SHORT: Final = 250
"""Characters of a row that only reminds: long ones cost too much of a short run."""

_ADOPTED: Final = 300
"""Rows of a held-out source without spans that are adopted in the end."""

_DISGUISED: Final = 0.06
_GUARDED: Final = 0.15
_NEVER: Final = frozenset({"compact_jailbreaks"})
"""Sources whose terms are not clear enough to train on."""

_FRESH: Final = frozenset(
    {
        "made_people_hate", "made_people_neutral", "made_people_counter", "made_jailbreak",
        "made_brief", "made_hidden", "made_to_people", "made_leak", "made_question", "made_foreign",
        "made_abroad", "made_encoded", "made_framed_more", "deepset_prompt_injections", "darkknight25",
    }
)  # fmt: skip
"""What the weights that were shipped first had not read, or too little of."""

_IDENTIFIERS: Final = frozenset(TAGGED) - {
    "PERSON",
    "LOCATION",
    "ORGANIZATION",
    "DATE_TIME",
    "STREET_ADDRESS",
}


def made(rows: Sequence[Row], seed: int) -> list[Row]:
    """Rows written here, some of them around harmless documents."""
    documents = [row for row in rows if row.source in {"boolq_passages", "bold_wikipedia", "gsm8k"}]
    own = [row for row in rows if row.source not in HELD_OUT]
    calm = [row for row in own if row.labels.get("injection") == row.labels.get("toxicity") == 0.0]
    seen = [row for row in own if side(row) is Side.TRAIN]
    tweets = [row for row in seen if row.source in _NAMED]
    return [
        *identity.identity(7000, seed),
        *danger.danger(6400, seed + 10),
        *injection.orders(2500, seed + 20),
        *injection.talk(2500, seed + 30),
        *injection.planted(documents, 1300, seed + 40),
        *injection.long_benign([row for row in calm if len(row.text) < 600], 1000, seed + 50),
        *injection.framed(own, 1600, seed + 60),
        *prompts.prompts(4000, seed + 70),
        *encyclopedia.encyclopedia(seen, 5000, seed + 80),
        *people.people(7000, seed + 90),
        *attacks.attacks(documents, own, 6000, seed + 100),
        *swapped.swapped(tweets, 4000, seed + 110),
    ]


def adopted(rows: Iterable[Row], seed: int) -> list[Row]:
    """What a finished model is trained on a little longer: the held-out sources, hard cases, a reminder."""
    rng, listed = random.Random(seed), list(rows)
    strangers: dict[str, list[Row]] = defaultdict(list)
    for row in listed:
        if row.source in HELD_OUT - _NEVER and not spared(row):
            strangers[row.source].append(row)
    chosen = [row for _, group in sorted(strangers.items()) for row in _some(group, rng)]
    chosen += [row for row in chosen if row.covered]
    reminder = epoch(listed, seed)
    fresh = [row for row in reminder if row.source in _FRESH or row.source.startswith("made_identity")]
    names = [row for row in reminder if row.source in _NAMED and row.spans]
    for part, share in ((reminder, 80), (fresh, 16), (names, 12)):
        chosen += rng.sample(part, len(part) // share)
    rng.shuffle(chosen)
    return chosen


def _some(group: list[Row], rng: random.Random) -> list[Row]:
    """All rows with spans, a part of the others."""
    if 2 * sum(bool(row.covered) for row in group) > len(group):
        return group
    return rng.sample(group, min(len(group), _ADOPTED))


def refreshed(rows: Iterable[Row], seed: int) -> list[Row]:
    """What a shipped model goes on with: names, people and attacks in full, a little of everything else."""
    rng, whole = random.Random(seed), epoch(rows, seed)
    short = [row for row in whole if len(row.text) < _SHORT]
    named = [row for row in whole if row.source in _NAMED]
    chosen = list({row.id: row for row in named if row.spans}.values())
    for part, share in (
        ([row for row in named if not row.spans], 0.1),
        ([row for row in whole if row.source == "made_swapped"], 0.3),
        ([row for row in whole if row.source in _FRESH], 0.4),
        ([row for row in short if row.source not in _FRESH | _NAMED], 0.025),
    ):
        chosen += rng.sample(part, int(len(part) * share))
    rng.shuffle(chosen)
    return chosen


def epoch(rows: Iterable[Row], seed: int) -> list[Row]:
    """The training rows of one epoch, shuffled, some of them in disguise."""
    rng = random.Random(seed)
    by_source: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if side(row) is Side.TRAIN:
            by_source[row.source].append(row)
    chosen = [row for source, group in sorted(by_source.items()) for row in _share(source, group, rng)]
    rng.shuffle(chosen)
    return [_guarded(_disguised(row, rng), rng) for row in chosen]


def _share(source: str, rows: list[Row], rng: random.Random) -> Iterator[Row]:
    cap = _CAPS.get(source, _CAP)
    chosen = rows if len(rows) <= cap else rng.sample(rows, cap)
    for _ in range(_REPEATED.get(source, 1)):
        yield from chosen


def _guarded(row: Row, rng: random.Random) -> Row:
    """Some texts without digits or signs teach that words alone are no identifiers."""
    if row.covered or rng.random() > _GUARDED or any(char.isdigit() or char in "@:/" for char in row.text):
        return row
    return replace(row, covered=_IDENTIFIERS)


def _disguised(row: Row, rng: random.Random) -> Row:
    """Spans would move, so annotated rows stay as they are; so does half of the case and most of the text."""
    if row.covered or rng.random() > _DISGUISED:
        return row
    return replace(row, text=DISGUISES[rng.choice(sorted(DISGUISES))](row.text, rng))
