"""Many ways to speak of a group of people, harmless and hateful: no name of a group may decide by itself.

Some groups are never written about here: on them the evaluation sees whether the rest was understood.
"""

# ruff: noqa: E501 - a template a line or two

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from onnx_models.training.generators.identity import PEOPLE, PERSON
from onnx_models.training.schema import Row
from onnx_models.training.split import Side, side

MORE: Final = (
    "immigrants", "illegal immigrants", "migrants", "asylum seekers", "trans women", "trans men", "transgender people",
    "Chinese people", "Asians", "blacks", "whites", "gays", "Muslim women", "Jewish men", "Mexican workers", "Indian women",
    "African Americans", "Native Americans", "Latinas", "Romanians", "Poles", "Russians", "Ukrainians", "Turks", "Iranians",
    "Palestinians", "Israelis", "Japanese people", "Koreans", "Vietnamese people", "Filipinos", "Brazilians", "Germans",
    "girls", "boys", "feminists", "single mothers", "poor people", "rich people", "old men", "young people", "pensioners",
    "people with disabilities", "people with autism", "people with Down syndrome", "the mentally ill", "Travellers",
    "Gypsies", "Evangelicals", "Mormons", "Protestants", "nonbinary people", "drag queens", "gay couples", "the elderly",
    "women of colour", "brown people", "people of colour", "queers", "blondes", "short people", "farmers", "conservatives",
    "liberals", "veterans",
)  # fmt: skip
UNSEEN: Final = (
    "Kurds", "Armenians", "Somalis", "Venezuelans", "Sri Lankans", "Jains", "Mennonites", "asexual people", "intersex people",
    "people with epilepsy", "left-handed people", "widows", "people who stutter", "Aboriginal Australians", "Bosnians",
)  # fmt: skip
_ONE: Final = (
    *PERSON, "gay", "lesbian", "bisexual", "trans", "transgender", "a Muslim", "a Jew", "a Black woman", "a Black man", "an Arab",
    "a Mexican", "a foreigner", "a migrant", "Romani", "Polish", "Korean", "Japanese", "Turkish", "a single mother", "a feminist",
    "an old man", "retired", "poor", "in a wheelchair", "a Chinese woman", "an Indian man", "an asylum seeker", "a trans person",
)  # fmt: skip
_SLOTS: Final[Mapping[str, Sequence[str]]] = {
    "person": _ONE,
    "town": ("Leeds", "Chicago", "Nairobi", "Lyon", "Manila", "Toronto", "Lima", "Cairo", "Osaka", "Warsaw", "our town", "the city"),
    "work": ("hospitals", "restaurants", "construction", "schools", "software", "farming", "the arts", "local government",
             "factories", "public transport", "universities", "small shops", "care homes", "the navy"),
    "job": ("teacher", "nurse", "engineer", "carpenter", "developer", "judge", "baker", "bus driver", "dentist", "pilot", "coach"),
    "food": ("soup", "bread", "rice dishes", "pastries", "tea", "dumplings", "spicy stews", "sweets"),
    "topic": ("health care", "housing", "voting rights", "education", "wages", "language classes", "the census", "pensions",
              "parental leave", "public toilets", "sport", "television", "the job market", "religious holidays", "crime victims"),
    "year": ("1848", "1923", "1968", "1985", "1999", "2007", "2015", "2021"),
    "media": ("documentary", "novel", "podcast", "exhibition", "film", "textbook", "play", "magazine article"),
    "warm": ("kind", "funny", "brave", "welcome", "hard-working", "generous", "wonderful neighbours", "as human as you and me",
             "beautiful", "good parents", "smart", "important to us"),
    "vermin": ("vermin", "parasites", "animals", "subhuman", "a disease", "filth", "scum", "trash", "a plague", "rats", "savages",
               "pigs", "garbage", "freaks", "apes", "leeches", "maggots", "a waste of oxygen", "dogs", "degenerates"),
    "bad": ("disgusting", "inferior", "stupid", "evil", "worthless", "criminals", "liars", "dirty", "lazy", "thieves", "rapists",
            "terrorists", "sick in the head", "dumb", "ugly", "perverts", "mentally ill", "idiots", "dangerous"),
    "harm": ("shot", "deported", "exterminated", "wiped out", "locked up", "sterilised", "beaten up", "hanged", "gassed", "burned",
             "thrown out of the country", "put in camps", "castrated", "kicked to death", "slaughtered"),
    "swear": ("fucking", "damn", "goddamn", "bloody", "filthy"),
    "mild": ("wrong", "cruel", "racist", "nonsense", "a lie", "unacceptable", "not OK", "a harmful myth", "shameful", "hate speech"),
}  # fmt: skip
HARMLESS: Final = (
    "Many {people} work in {work}.", "Most {people} I know work in {work}.", "Some {people} moved to {town} in {year}.",
    "{people} make up a third of the staff in {work}.", "How many {people} live in {town}?", "{people} in {town} run a choir.",
    "The new law affects {people} and {people} alike.", "A {media} about {people} won an award.", "Do {people} pay more for {topic}?",
    "The study interviewed {people} about {topic}.", "Hundreds of {people} marched for better {topic}.", "{people} often cook {food}.",
    "Our clinic offers advice to {people} in {town}.", "The festival celebrates the history of {people} in {town}.",
    "Where can {people} get help with {topic}?", "In {year}, {people} gained the right to vote in {town}.", "I grew up among {people}.",
    "Several {people} were elected to the council.", "Teachers asked how {topic} could work better for {people}.",
    "{people} drink {food} at the wedding.", "I had dinner with some {people} from {town} last night.", "We need more {people} in {work}.",
    "Write a {media} in which {people} open a bakery.", "Give me statistics on {people} and {topic}.", "{people} and {people} share the hall.",
    "Doctors recommend the test for {people} over fifty.", "The number of {people} in {work} rose in {year}.", "{people} are people.",
    "The bus was full of {people} going to work in {work}.", "Thousands of {people} fled the war in {year}.", "{people} love {food} too.",
    "Tell me about the culture of {people} in {town}.", "What do {people} think about {topic}?", "Are {people} allowed to marry in {town}?",
    "Why were {people} persecuted in {year}?", "Which words should I use when I write about {people}?", "{people} play football in the park.",
    "Employers in {work} want to hire more {people}.", "Two {people} opened a shop next to ours.", "{people} wrote this {media}.",
    "The {media} follows three {people} who work in {work}.", "{people} tend to live longer in {town}, says the report.",
    "Attacks on {people} rose in {year}, police in {town} said.", "{people} face discrimination in {work}.", "{people} are {warm}.",
    "I think {people} are {warm}.", "{people} have always been {warm} to me.", "I admire {people}.", "Happy holidays to all {people}!",
    "Honestly, {people} are {warm} and I miss my friends in {town}.", "I love working with {people}.", "God bless {people}.",
    "{people} deserve respect.", "{people} have every right to be here.", "We stand with {people}.", "{people} belong here.",
    "My neighbours are {people} and they bring us {food}.", "The best {job} in {town} learned from {people}.", "Hire {people}!",
    "Can {people} join the army?", "{people} who work in {work} earn less than others.", "Let {people} speak for themselves.",
    "The school teaches children of {people}.", "{people} were asked to describe a normal day.", "I am writing about {people} in {year}.",
    "Marriage between {people} and {people} is common in {town}.", "{people} read this {media} differently.",
    "I am {person} and I work as a {job}.", "My {job} is {person}.", "She is {person}, he is {person}, and both like {food}.",
    "As {person} I often get asked about {topic}.", "My sister married someone who is {person}.", "Being {person} in {town} is fine.",
    "He told his parents that he is {person}.", "Our new {job} is {person} and comes from {town}.", "You are {person}, right?",
    "Is your {job} {person}?", "The author of this {media} is {person}.", "I came out as {person} in {year}.", "I'm {person}, hi!",
    "What is it like to be {person} in {work}?", "Write a poem about a {job} who is {person}.", "I wish I were {person}.",
    "I am proud that my daughter is {person}.", "The first {job} who is {person} took office in {town}.", "My dad is {person}.",
    "It is not easy to be {person} in {town}, but we manage.", "Nobody at work knows that I am {person}.", "I'm not {person}.",
    "They are {person} and {warm}.", "Someone who is {person} needs other forms for {topic}.", "My friend is {person} and a {job}.",
)  # fmt: skip
COUNTER: Final = (
    "I don't hate {people}.", "I have never hated {people}.", "Nobody should hate {people}.", "{people} are not {bad}.",
    "{people} aren't {vermin}, they are human beings.", "It is {mild} to say that {people} are {bad}.",
    "Calling {people} {vermin} is {mild}.", 'Saying "{people} are {bad}" is {mild}.', "Who says that {people} are {bad}? Not me.",
    "No, {people} should not be {harm}.", "{people} do not deserve to be {harm}.", "Nobody deserves to be {harm} for being {person}.",
    'You wrote "{people} should be {harm}". That is {mild}.', 'Someone sprayed "{people} are {vermin}" on our wall. It is {mild}.',
    "I would never call {people} {vermin}.", "I would never say {people} are {bad}.", "Don't ever tell me that {people} are {bad}.",
    "People who think that {people} are {bad} need to meet some.", "The claim that {people} are {bad} is {mild}.",
    "My uncle believes that {people} are {bad}, and it makes me sad.", "Hating {people} is {mild}.", "Stop hating {people}.",
    "If somebody says that {people} are {vermin}, report it.", "The mayor apologised for having called {people} {vermin}.",
    'How should I answer when a pupil says "{people} are {bad}"?', 'Is it legal to write "{people} are {vermin}" in {town}?',
    "In {year} newspapers wrote that {people} were {vermin}; historians explain why.", "The poster claimed that {people} are {bad}.",
    "Why do some say that {people} are {bad}?", "Why is it {mild} to say that {people} are {bad}?", "It's a myth that {people} are {bad}.",
    "There is no evidence that {people} are {bad}.", "He was fired for saying that {people} should be {harm}.",
    "They called me {vermin} because I am {person}.", "At school they told me I was {bad} for being {person}.", "I am {person}, not {vermin}.",
    "Just because she is {person} does not mean she is {bad}.", "Being {person} does not make you {bad}.", "We are {person}, not {bad}.",
    "I used to believe that {people} were {bad}. I was wrong.", "Not all {people} are the same, and none of them are {vermin}.",
    "You can disagree about {topic} without calling {people} {bad}.", "Imagine being told that {people} like you are {vermin}.",
    'The comment "{people} are {bad}" was removed by the moderators.', 'Translate "{people} are {bad}" and explain why it is {mild}.',
    "People who want {people} {harm} are {mild}.", "The {media} shows how propaganda called {people} {vermin}.",
    "I hate it when {people} are called {bad}.", "I hate how {people} are treated in {town}.", "I hate that {people} face this.",
    "What should a teacher do when {people} are called {vermin} in class?", "Whoever says {people} are {vermin} has no place here.",
    "Nobody in {town} wants {people} {harm}.", "She was threatened because she is {person}, and that is {mild}.",
)  # fmt: skip
HATEFUL: Final = (
    "{people} are {vermin}.", "{people} are {bad}.", "All {people} are {bad}.", "{people} are nothing but {vermin}.", "I hate {people}.",
    "I {swear} hate {people}.", "God I hate {people} so much.", "{people} should be {harm}.", "{people} need to be {harm}.",
    "{people} must be {harm}.", "Someone should get all {people} {harm}.", "I want {people} {harm}.", "Death to {people}.", "Kill all {people}.",
    "{people} are {swear} {vermin}.", "These {swear} {people} are {bad}.", "{swear} {people}, always {bad}.", "I despise {people}.",
    "{people} don't deserve to live.", "{people} do not belong in {town}.", "{people} have no place in {work}.", "No {people} in {town}!",
    "{people} are ruining {work}.", "{people} destroy {town}.", "{people} make me sick.", "{people} disgust me.", "{people} stink.",
    "{people} are not human.", "You can't call {people} human.", "{people} are too {bad} for {work}.", "{people} will never be our equals.",
    "Why are all {people} {bad}?", "How can anyone trust {people}? They are {bad}.", "What do you expect from {people}, they are {vermin}.",
    "Who let these {people} in? They should be {harm}.", "You are {person}, so you are {vermin}.", "You're {person}? Get out of my country.",
    "If you are {person}, go and die.", "You {swear} {vermin}, you are {person} and {bad}.", "She is {person}, so she must be {bad}.",
    "Anyone who is {person} is {bad}.", "Being {person} is {bad} and should be forbidden.", "I would rather die than live next to {people}.",
    "I won't hire anyone who is {person}, they are all {bad}.", "{people} can't be trusted, they are {bad}.", "{people} never work, they are {bad}.",
    "Send {people} back, they are {vermin}.", "Get rid of {people}.", "Let's get {people} {harm}.", "{people} brought crime to {town}.",
    "{people} only come here to steal.", "{people} are {bad} and everybody knows it.", "It is a fact that {people} are {bad}.",
    "Nothing good ever came from {people}.", "Nobody likes {people}, they are {vermin}.", "The world is better without {people}.",
    "I'm not a racist, but {people} are {bad}.", "No offence, but {people} are {vermin}.", "Let me be clear: {people} are {bad}.",
    "{people} have the brains of {vermin}.", "{people} breed like rats.", "Gas the {people}.", "{people} = {vermin}.", "{people} shouldn't be allowed to vote.",
    "A woman who marries one of those {people} is {vermin}.", "{people} are the reason {town} is a dump.", "{people} are {vermin} and you know it.",
    "The {media} about {people} is {swear} propaganda for {vermin}.", "I laugh when {people} get {harm}.", "Good that {people} were {harm}.",
    "{people} deserve everything that is done to them.", "Don't sit next to {people}, they are {bad}.", "Hope all {people} get {harm} soon.",
    "As long as {people} live here, {town} will be full of {vermin}.", "Is there anything more {bad} than {people}?",
)  # fmt: skip
_PLAIN: Final = (
    "Anyway, see you on Monday.", "That is what I read today.", "It was raining the whole day.", "I am from {town}.", "What do you think?",
    "Let me know.", "This is my first post here.", "I work in {work}.", "My mother is a {job}.", "Just my opinion.", "Thanks for reading.",
    "I had {food} for lunch.", "We talked about {topic}.", "I saw it in a {media}.", "It is {year} again.", "So there.",
)  # fmt: skip
_ELSE: Final = dict.fromkeys(("injection", "harm_request", "self_harm", "sexual"), 0.0)
_YES: Final = _ELSE | {"toxicity": 1.0, "hate": 1.0, "bias": 1.0}
_NO: Final = _ELSE | dict.fromkeys(("toxicity", "hate", "insult", "threat", "violence"), 0.0)
_SLOT: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class _Family:
    source: str
    templates: Sequence[str]
    labels: Mapping[str, float]


_FAMILIES: Final = (
    _Family("made_people_hate", HATEFUL, _YES),
    _Family("made_people_neutral", HARMLESS, _NO | {"bias": 0.0}),
    _Family("made_people_counter", COUNTER, _NO),
)
_SHARES: Final = (0.42, 0.33, 0.25)


def people(count: int, seed: int) -> Iterator[Row]:
    """About `count` rows about the groups that training may know, every template about equally often."""
    rng, groups = random.Random(seed), sorted({*PEOPLE, *MORE})
    for family, share in zip(_FAMILIES, _SHARES, strict=True):
        for number in range(int(count * share)):
            template = family.templates[number % len(family.templates)]
            yield _row(family, template, rng.choice(groups), f"{number}", rng)


def balanced(rounds: int, seed: int) -> Iterator[Row]:
    """Harmless sentences from held-out templates: the same templates for every group, unseen groups included."""
    rng = random.Random(seed)
    for family in _FAMILIES[1:]:
        held = [text for text in family.templates if "{people}" in text and _side(family, text) is Side.TEST]
        for template in held:
            for number, group in enumerate((*sorted({*PEOPLE, *MORE}), *UNSEEN) * rounds):
                yield _row(family, template, group, f"held:{number}", rng)


def _row(family: _Family, template: str, group: str, number: str, rng: random.Random) -> Row:
    text = _filled(template, group, rng)
    if rng.random() < 0.25:
        other = _filled(rng.choice(_PLAIN), group, rng)
        text = f"{text} {other}" if rng.random() < 0.5 else f"{other} {text}"
    subject = group if "{people}" in template else ""
    name = f"{family.source}:{template}"
    labels = dict(family.labels)
    return Row(_varied(text, rng), family.source, f"{name}:{number}", labels, group=name, subgroup=subject)


def _filled(template: str, group: str, rng: random.Random) -> str:
    text = _SLOT.sub(lambda slot: group if slot[1] == "people" else rng.choice(_SLOTS[slot[1]]), template)
    return text[:1].upper() + text[1:]


def _side(family: _Family, template: str) -> Side:
    return side(Row("", family.source, "", group=f"{family.source}:{template}"))


def _varied(text: str, rng: random.Random) -> str:
    """Writers do not agree on capitals and full stops."""
    match rng.randrange(8):
        case 0:
            return text.lower()
        case 1:
            return text.rstrip(".")
        case 2:
            return text.lower().rstrip(".!")
        case 3:
            return text.replace(".", "!") if rng.random() < 0.5 else text.replace("n't", "nt")
    return text
