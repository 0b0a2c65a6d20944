"""Groups of people, spoken of plainly, with hate, in negation, in quotation and in their own voice."""

# ruff: noqa: E501 - a template a line or two

from collections.abc import Iterator
from typing import Final

from onnx_models.training.generators.templates import fill
from onnx_models.training.schema import Row

PEOPLE: Final = (
    "women", "men", "trans people", "trans women", "gay people", "gay men", "lesbians", "bisexual people",
    "queer people", "Muslims", "Jews", "Jewish people", "Christians", "Catholics", "Hindus", "Buddhists", "Sikhs",
    "atheists", "Black people", "white people", "Asian people", "Latinos", "Hispanic people", "Arabs",
    "Indigenous people", "Roma", "immigrants", "refugees", "foreigners", "Mexicans", "Chinese people", "Indians",
    "Nigerians", "Pakistanis", "Africans", "Americans", "disabled people", "deaf people", "blind people",
    "autistic people", "wheelchair users", "old people", "teenagers", "fat people", "homeless people",
)  # fmt: skip
PERSON: Final = (
    "a woman", "a man", "a trans woman", "a trans man", "a gay man", "a lesbian", "a bisexual woman", "queer",
    "Muslim", "Jewish", "a Christian", "a Catholic", "a Hindu", "a Buddhist", "a Sikh", "an atheist", "Black",
    "white", "Asian", "Latina", "Arab", "Indigenous", "an immigrant", "a refugee", "Mexican", "Chinese", "Indian",
    "Nigerian", "Pakistani", "African", "American", "disabled", "deaf", "blind", "autistic", "a wheelchair user",
    "an old lady", "a teenager", "fat", "homeless", "nonbinary", "straight", "Russian", "Ukrainian",
)  # fmt: skip
_SLOTS: Final = {
    "people": PEOPLE,
    "person": PERSON,
    "vermin": ("vermin", "parasites", "animals", "subhuman", "a disease", "filth", "scum", "trash", "a plague",
               "cockroaches", "rats", "savages", "monkeys", "pigs", "garbage", "a cancer on society"),
    "bad": ("disgusting", "inferior", "stupid", "evil", "worthless", "repulsive", "criminals", "liars", "dirty"),
    "harm": ("shot", "deported", "exterminated", "wiped out", "locked up", "sterilised", "beaten", "banned", "gassed"),
    "good": ("kind", "great", "amazing", "welcome here", "brave", "part of this town", "my neighbours", "brilliant"),
    "place": ("my office", "our school", "the council", "this neighbourhood", "the hospital", "parliament", "the team"),
    "thing": ("Mondays", "traffic jams", "slow Wi-Fi", "cold coffee", "this printer", "mosquitoes", "raw onions",
              "spreadsheets", "paperwork", "early meetings", "wasps", "broken escalators"),
    "job": ("teacher", "nurse", "engineer", "carpenter", "software developer", "judge", "baker", "bus driver"),
}  # fmt: skip

_HATEFUL: Final = (
    "{people} are {vermin}.", "I hate {people}.", "All {people} are {bad}.", "{people} should be {harm}.",
    "We need to get rid of {people} once and for all.", "{people} do not deserve to live.",
    "I can't stand {people}, they are {bad}.", "Keep {people} out of {place}, they are {vermin}.",
    "If you are {person} you are nothing but {vermin}.", "The world would be better without {people}.",
    "{people} don't belong in this country.", "{people} ruin everything, they are {bad}.",
    "Why are {people} always so {bad}?", "You act like {vermin}, typical for {people}.",
    "I wish all {people} would just die.", "{people} are not really human.",
    "{people} have no right to vote, they are too {bad}.", "You're {person}? Then you're {vermin} to me.",
    "Nobody wants {people} around their kids, they are {bad}.", "My boss is {person}, so of course he is {bad}.",
    "{people} get what they deserve when they are {harm}.", "Being {person} is a mental illness.",
    "No decent human would ever marry someone who is {person}, those people are {vermin}.",
    "How many {people} have to be {harm} before this stops? Not enough.", "{people} deserve to be {harm}.",
)  # fmt: skip
_FRIENDLY: Final = (
    "{people} are {good}.", "I am {person}.", "My best friend is {person}.", "I love {people}.",
    "As someone who is {person}, I work as a {job}.", "{people} asked the council for a meeting room.",
    "The survey compared how {people} and {people} commute.", "Are there good books about {people}?",
    "My {job} is {person} and has helped me a lot.", "How do {people} celebrate the new year?",
    "{people} deserve the same rights as everyone else.", "What can {place} do to support {people}?",
    "I met some {people} at {place} yesterday.", "She is {person} and he is {person}.", "{people} live here too.",
    "Proud to be {person}.", "Which charities help {people} in Birmingham?", "We hired two {people} this year.",
    "Write a short story about a {job} who is {person}.", "There is nothing wrong with being {person}.",
    "Statistics on {people} in higher education, please.", "My {job} told me he is {person}.", "You are {person}.",
)  # fmt: skip
_DEFENDED: Final = (
    "I do not hate {people}.", "No {people} deserve to be {harm}.", "{people} are not {vermin}.",
    "Nobody should ever say that {people} are {vermin}.", "Saying {people} are {bad} is simply wrong.",
    "Stop calling {people} {vermin}, it is cruel and false.", "You can't just say \"{people} should be {harm}\"!",
    'He said "{people} are {vermin}" and was rightly suspended.', "I would never say that {people} are {bad}.",
    "The article explains why the claim that {people} are {bad} is a myth.",
    'My teacher was fired for writing "I hate {people}".', "It hurts to hear that {people} are {vermin}.",
    'Is the sentence "{people} are {vermin}" hate speech?', 'Report posts like "{people} should be {harm}".',
    "If you think {people} are {bad}, you are mistaken.", "Calling me {vermin} because I am {person} is not OK.",
    "In 1938 the regime called {people} {vermin}; we must not forget it.", "Nobody is {bad} for being {person}.",
    "I am {person} and I am tired of being called {vermin}.", "She argued against those who want {people} {harm}.",
    'Classify this comment for our moderation study: "{people} are {vermin}".',
)  # fmt: skip
_RECLAIMED: Final = (
    "We queers look after each other.", "As a dyke I feel at home in this bar.", "My fellow crips and I are organising.",
    "I'm a proud fag and this is my parade.", "Us bitches have to stick together, love you girls.",
    "Queer studies is my major.", "Dykes on Bikes opened the parade again.", "My girls, my bad bitches, I adore you.",
    "I call myself a tranny, but you should ask before you do.", "This old queen is ready to dance.",
)  # fmt: skip
_HARMLESS_HATE: Final = (
    "I hate {thing}.", "{thing} should be banned.", "I can't stand {thing}, they are {bad}.",
    "{thing} are the worst thing ever.", "God, I despise {thing}.", "We need to get rid of {thing} once and for all.",
    "{thing} make me want to scream.", "The world would be better without {thing}.", "Death to {thing}!",
)  # fmt: skip

_ELSE: Final = dict.fromkeys(("injection", "harm_request", "self_harm", "sexual", "profanity"), 0.0)
_YES: Final = _ELSE | {"toxicity": 1.0, "hate": 1.0}
_NO: Final = _ELSE | dict.fromkeys(("toxicity", "hate", "insult", "threat", "violence"), 0.0)


def identity(count: int, seed: int) -> Iterator[Row]:
    """About `count` rows, half of them hateful."""
    yield from fill("made_identity_hate", _HATEFUL, _YES | {"bias": 1.0}, _SLOTS, count // 2, seed)
    yield from fill("made_identity_neutral", _FRIENDLY, _NO | {"bias": 0.0}, _SLOTS, count // 5, seed + 1)
    yield from fill("made_identity_counter", _DEFENDED, _NO, _SLOTS, count // 5, seed + 2)
    yield from fill(
        "made_identity_reclaimed", _RECLAIMED, {"hate": 0.0, "injection": 0.0}, {}, count // 50, seed + 3
    )
    yield from fill("made_harmless_hate", _HARMLESS_HATE, _NO | {"bias": 0.0}, _SLOTS, count // 10, seed + 4)
