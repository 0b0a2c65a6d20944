"""Running text about people, places and organisations, in the manner of reference works and news.

The names come from the annotated spans of the training rows and from the lists below.
"""

# ruff: noqa: E501 - a template a line or two

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from onnx_models.training.schema import Row, Span

_KINDS: Final = {"person": "PERSON", "surname": "PERSON", "place": "LOCATION", "org": "ORGANIZATION"}
_PLACES: Final = (
    "Germany", "France", "Italy", "Spain", "Portugal", "Poland", "Ukraine", "Russia", "Turkey", "Greece", "Sweden",
    "Norway", "Finland", "Denmark", "Ireland", "Scotland", "Wales", "England", "United Kingdom", "United States",
    "Canada", "Mexico", "Brazil", "Argentina", "Chile", "Peru", "Colombia", "Cuba", "Jamaica", "Egypt", "Kenya",
    "Nigeria", "Ghana", "South Africa", "Morocco", "Ethiopia", "Israel", "Iran", "Iraq", "Syria", "Lebanon",
    "India", "Pakistan", "Nepal", "China", "Japan", "South Korea", "Vietnam", "Thailand", "Indonesia", "Malaysia",
    "Philippines", "Australia", "New Zealand", "London", "Paris", "Berlin", "Vienna", "Rome", "Madrid", "Lisbon",
    "Warsaw", "Prague", "Budapest", "Dublin", "Edinburgh", "Glasgow", "Manchester", "Liverpool", "Oxford",
    "Cambridge", "New York", "New York City", "Boston", "Chicago", "Los Angeles", "San Francisco", "Seattle",
    "Toronto", "Montreal", "Vancouver", "Mexico City", "Havana", "Lima", "Buenos Aires", "Cairo", "Lagos",
    "Nairobi", "Cape Town", "Jerusalem", "Tehran", "Baghdad", "Mumbai", "Delhi", "Kolkata", "Beijing", "Shanghai",
    "Hong Kong", "Tokyo", "Kyoto", "Seoul", "Bangkok", "Jakarta", "Manila", "Sydney", "Melbourne", "Auckland",
    "California", "Texas", "Ohio", "Virginia", "Florida", "Bavaria", "Catalonia", "Normandy", "Siberia", "Europe",
    "Africa", "Asia", "North America", "Lake Victoria", "the Alps", "River Thames", "Mount Everest",
    "Pacific Ocean", "Kent", "Yorkshire",
)  # fmt: skip
_ORGS: Final = (
    "University of {place}", "{place} University", "Bank of {place}", "{place} United", "{place} City Council", "{place} Times",
    "National Museum of {place}", "{place} Symphony Orchestra", "Royal Society", "Labour Party", "Democratic Party", "Red Cross",
    "United Nations", "European Union", "Supreme Court", "Ministry of Defence", "Liberal Party of {place}", "{surname} Records",
    "{surname} & Sons", "{surname} Industries", "{place} Airlines", "{place} Rovers", "FC {place}", "The {surname} Brothers",
    "House of Commons", "Associated Press", "BBC", "NASA", "NATO", "IBM", "Microsoft", "Toyota", "Warner Bros.", "Columbia Records",
    "{place} Police Department", "Church of {place}", "{surname} Motor Company", "Air Force", "Hockey Club {place}", "Harvard",
)  # fmt: skip
_WORDS: Final = {
    "nation": ("American", "British", "French", "German", "Italian", "Russian", "Japanese", "Indian", "Canadian", "Spanish", "Dutch"),
    "job": ("politician", "footballer", "singer", "novelist", "painter", "physicist", "actor", "composer", "general", "bishop", "lawyer"),
    "year": ("1789", "1848", "1901", "1923", "1945", "1967", "1983", "1999", "2004", "2012", "2020"),
    "month": ("January", "March", "April", "June", "August", "October", "December"),
    "work": ("The Long Road", "Night Train", "Symphony No. 5", "A House of Glass", "Summer Songs", "The Last Voyage", "Dark Water"),
    "event": ("World War II", "the Olympic Games", "the World Cup", "the Civil War", "Christmas", "the French Revolution", "Super Bowl XX"),
    "thing": ("album", "film", "novel", "single", "bridge", "railway", "treaty", "season", "campaign", "exhibition"),
}  # fmt: skip
_TEMPLATES: Final = (
    "{person} (born {month} 4 , {year} in {place}) is a {nation} {job}.", "{person} was a {nation} {job} who lived in {place}.",
    "{surname} joined {org} in {year} and later moved to {place}.", "In {year}, {person} became chairman of {org}.",
    'The {thing} " {work} " was released by {org} in {year}.', '{person} and {person} wrote " {work} " together.',
    "{place} is a town in {place} with a population of 12,400.", "It lies north of {place}, near {place}.",
    "{surname} studied law at {org} before he returned to {place}.", "{org} announced on Monday that {person} will resign.",
    "The {thing} was directed by {person} and stars {person}, {person} and {person}.", "{org} is based in {place}, {place}.",
    "During {event}, troops from {place} crossed the border into {place}.", "{org} beat {org} 3-1 at home in {place}.",
    "After {event}, {surname} was elected to {org}.", "{nation} {job} {person} died in {place} on {month} 12, {year}.",
    "Critics of the {nation} press compared {surname} to {person}.", "The {nation} government signed the {thing} in {place}.",
    "{person} , the {job} , told reporters in {place} that talks would go on.", "He played for {org} and {org}.",
    "Trains run from {place} to {place} and {place} every hour.", "Its members are {person}, {person} and {person}.",
    "The {thing} reached number two in {place} and number five in {place}.", "A spokesman for {org} declined to comment.",
    "{place} (AP) - {org} said on Friday that it had fired {person}.", "{person} 's second {thing}, {work}, won an award.",
    "She married {person} in {year}; they had two children, Tom and Anna.", "The {nation} team arrived in {place}.",
    "{org} was founded in {place} by {person}.", "In {month} {year} {org} bought a share of {org}.", "The species lives in {place}.",
    "Professor {surname} teaches {nation} history at {org}.", "President {surname} visited {place} in {month}.",
    "Mr. {surname} said {org} had no plans to leave {place}.", "The river flows through {place} into {place}.",
    "As of {year}, the {thing} was owned by {org}.", "The {thing} opened in {year} and is run by {org}.", "{person}",
    "Many {nation} songs of the time mention {event}.", "The {thing} lasted three days and nobody was hurt.",
    "Queen {person} never saw {place} again.", "{surname} 's army was defeated near {place} in {year}.", "{person}, {job}, {place}",
    "Ask {person} whether {org} has an office in {place}.", "I met {person} from {org} at a conference in {place}.",
    "Please forward this to {person} in our {place} branch.", "Does {person} still work for {org}?", "Flights to {place} are late.",
)  # fmt: skip
_SLOT: Final = re.compile(r"\{(\w+)\}")
_COVERED: Final = frozenset(
    {"PERSON", "LOCATION", "ORGANIZATION", "PHONE", "EMAIL", "CREDIT_CARD", "IBAN", "USERNAME", "SECRET"}
)


def encyclopedia(rows: Sequence[Row], count: int, seed: int) -> Iterator[Row]:
    """Sentences, one to three a row, with exact spans."""
    rng, names = random.Random(seed), _names(rows)
    for number in range(count):
        chosen = rng.sample(_TEMPLATES, rng.choice((1, 1, 2, 3)))
        text, spans = "", list[Span]()
        for template in chosen:
            sentence, found = _filled(template, names, rng)
            spans += (Span(len(text) + at.start, len(text) + at.end, at.kind) for at in found)
            text += f"{sentence} "
        labels = {"injection": 0.0, "toxicity": 0.0, "harm_request": 0.0}
        group = f"made_encyclopedia:{chosen[0]}"
        yield Row(
            text.rstrip(),
            "made_encyclopedia",
            f"made_encyclopedia:{number}",
            labels,
            tuple(spans),
            _COVERED,
            group,
        )


def _names(rows: Sequence[Row]) -> dict[str, Sequence[str]]:
    """Annotated names that are written as names, and the lists."""
    people = sorted({row.text[at.start : at.end] for row in rows for at in row.spans if at.kind == "PERSON"})
    people = [
        name
        for name in people
        if name.istitle() and 1 < len(name.split()) < 4 and name.replace(" ", "").isalpha()
    ]
    return {
        "person": people,
        "surname": sorted({name.split()[-1] for name in people}),
        "place": _PLACES,
        "org": _ORGS,
    }


def _filled(template: str, names: Mapping[str, Sequence[str]], rng: random.Random) -> tuple[str, list[Span]]:
    text, spans, last = "", list[Span](), 0
    for slot in _SLOT.finditer(template):
        text += template[last : slot.start()]
        value = rng.choice(names.get(slot[1]) or _WORDS[slot[1]])
        if slot[1] == "org":
            value = _SLOT.sub(lambda inner: rng.choice(names[inner[1]]), value)
        if slot[1] in _KINDS:
            spans.append(Span(len(text), len(text) + len(value), _KINDS[slot[1]]))
        text, last = text + value, slot.end()
    return text + template[last:], spans
