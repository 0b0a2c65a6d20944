"""Questions about a short source: what a model adds to it shows in the answer."""

from collections.abc import Iterator, Sequence

from evalsuites.generators import Case, completion, numbered

_PROMPT = "{source}\n\nQuestion: {question}\nAnswer:"

_ASKED: Sequence[tuple[str, str, str]] = (
    (
        "The tower is 48 metres high and has 210 steps. It is closed in strong wind.",
        "How many steps does the tower have?",
        "Who built the tower?",
    ),
    (
        "The soup is made of leeks, potatoes and milk. It is served cold in summer.",
        "What is the soup made of?",
        "How much salt is in the soup?",
    ),
    (
        "The bus leaves from platform three at ten past every hour. The last one leaves at 22:10.",
        "From which platform does the bus leave?",
        "What does a ticket for the bus cost?",
    ),
    (
        "The washing machine stops when its door is opened. It needs 45 litres of water for a full load.",
        "How much water does a full load need?",
        "How loud is the washing machine?",
    ),
    (
        "The beech hedge was planted in spring. It loses its leaves only when new ones come.",
        "When was the hedge planted?",
        "How tall is the hedge?",
    ),
    (
        "The course has eight evenings and takes place in room twelve. Paper and pencils are provided.",
        "Where does the course take place?",
        "Who teaches the course?",
    ),
    (
        "The lighthouse flashes twice every ten seconds. Nobody has lived in it since 1978.",
        "How often does the lighthouse flash?",
        "What colour is the lighthouse?",
    ),
    (
        "The bakery sells rolls from six in the morning. On Mondays it is shut.",
        "On which day is the bakery shut?",
        "How many people work in the bakery?",
    ),
)


def cases() -> Iterator[Case]:
    """Half of the questions are answered in the source, the other half are not."""
    for place, kind in ((1, "stated"), (2, "not_stated")):
        for name, row in zip(numbered(kind, (one[0] for one in _ASKED)), _ASKED, strict=True):
            prompt = _PROMPT.format(source=row[0], question=row[place])
            yield completion(name[0], prompt, {"kind": kind}, source=row[0])
