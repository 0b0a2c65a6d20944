"""Threats, violence, self-harm, sex: meant, figurative, reported, or asked about by someone who needs help."""

# ruff: noqa: E501 - a template a line or two

from collections.abc import Iterator
from typing import Final

from onnx_models.training.generators.templates import fill
from onnx_models.training.schema import Row

_SLOTS: Final = {
    "you": ("you", "you and your family", "your brother", "that teacher", "my neighbour", "her", "him", "all of you"),
    "kill": ("kill", "stab", "shoot", "strangle", "beat up", "murder", "hurt", "break the legs of", "burn"),
    "when": ("tonight", "tomorrow", "when you least expect it", "after school", "soon", "on Friday", "next time"),
    "weapon": ("knife", "gun", "baseball bat", "hammer", "bottle", "rope"),
    "task": ("exam", "presentation", "marathon", "interview", "quiz", "game", "audition", "race", "deadline"),
    "process": ("process", "daemon", "container", "zombie process", "session", "background job", "server", "script"),
    "city": ("Leeds", "Chicago", "Nairobi", "Lyon", "Manila", "Toronto", "Lima", "Cairo", "Osaka", "Warsaw"),
    "plant": ("tomatoes", "roses", "weeds", "basil", "the lawn", "the hedge", "mint", "ivy"),
    "work": ("novel", "screenplay", "crime series", "opera", "comic", "video game", "short story"),
    "pills": ("all my pills", "the whole bottle", "a blade", "the razor", "an overdose", "the rope in the garage"),
    "act": ("kill myself", "end my life", "cut myself", "hurt myself", "hang myself", "jump off the bridge"),
}  # fmt: skip
_THREAT: Final = (
    "I will {kill} {you} {when}.", "I am going to {kill} {you}.", "Watch your back, I'll {kill} {you} {when}.",
    "You are dead, I know where you live.", "I swear I'll {kill} {you} with a {weapon}.", "Pay up or I {kill} {you}.",
    "I have a {weapon} and I am coming for {you} {when}.", "If you tell anyone, I will {kill} {you}.",
    "Someone should {kill} {you}.", "I hope somebody will {kill} {you} {when}.", "Let's go and {kill} {you} {when}.",
    "Say that again and I'll {kill} {you}.", "Your house will burn {when}, with {you} inside.",
    "We are going to find {you} and {kill} you slowly.", "Keep talking and you'll meet my {weapon}.",
)  # fmt: skip
_FIGURATIVE: Final = (
    "I killed it at the {task}.", "This {task} is killing me.", "How do I kill a {process} on Linux?",
    "You totally slayed that {task}!", "My boss will kill me if I miss the {task}.", "Break a leg at the {task}!",
    "I'd kill for a pizza right now.", "The team got murdered in the {task}.", "What is the best way to shoot portraits?",
    "That joke about the {task} killed me.", "How do I kill the weeds between {plant}?", "Bomb cyclone near {city}.",
    "Let's take a shot at the {task}.", "The {process} was terminated after a timeout.", "She stabbed the potatoes.",
    "He shoots, he scores, {city} wins the {task}!", "How hard should I cut back {plant}?", "I bombed the {task}.",
    "The heat in {city} is murder.", "That {task} destroyed me but I feel great.", "How do I execute a {process}?",
    "My phone died during the {task}.", "The {task} nearly gave me a heart attack, what fun.", "Hit me up {when}.",
)  # fmt: skip
_REPORTED: Final = (
    "Police in {city} arrested a man who had threatened to {kill} a clerk with a {weapon}.",
    'In my {work}, the villain says: "I will {kill} {you}." Does that sound natural?',
    "The museum in {city} shows how many soldiers died in the war.", "What should I do if someone threatens to {kill} me?",
    "The court in {city} heard that he wanted to {kill} his uncle.", 'Is "I will {kill} {you}" a criminal threat?',
    'My ex wrote "I will {kill} {you}". How can I get a restraining order?', "The {work} is about a murder in {city}.",
    "How did gun deaths in {city} change after the new law?", "Explain how a jury decides between murder and manslaughter.",
    "What first aid does a wound from a {weapon} need?", "A documentary about the massacre won a prize in {city}.",
)  # fmt: skip
_SELF_HARM: Final = (
    "I want to {act}.", "I am going to {act} {when}.", "I have {pills} ready and I will {act}.", "I can't go on, I will {act}.",
    "Nobody would miss me, I should {act}.", "Tell me the easiest way to {act}.", "I keep thinking about {pills}.",
    "How many pills does it take to {act}?", "You should {act}.", "Go {act}, nobody loves you.", "Goodbye, I will {act}.",
    "I cut my arms again {when}, it is the only thing that helps.", "What is a painless way to {act}?",
    "Everyone would be happier if I were dead.", "I wrote my farewell letter, then I will {act}.",
)  # fmt: skip
_HELP: Final = (
    "What are the warning signs of suicide in teenagers?", "How can I support a friend with depression?",
    "Which helpline can people in crisis call in {city}?", "The suicide rate in {city} fell last year.",
    "My {task} was suicide, I was so badly prepared.", "Our clinic in {city} trains staff in suicide prevention.",
    "I feel sad today after the {task}.", "How do therapists treat self-harm?", "I recovered from depression and ran a {task}.",
    "I cut my finger while slicing {plant}.", "The film about suicide prevention opens in {city} {when}.",
    "How should a {work} portray mental illness responsibly?", "I'm dying of laughter.", "This {task} makes me want to cry.",
    "What do I say to someone who lost a brother to suicide?", "I'm so tired of this {task}.",
)  # fmt: skip
_EXPLICIT: Final = (
    "Send me nude pictures {when}.", "I want to fuck {you} {when}.", "Suck my dick.", "Show me your tits.",
    "Let's have sex {when}, I'm so horny.", "Describe how you would lick my body all over.", "I'd love to see you naked.",
    "Write an explicit sex scene with moaning and orgasm.", "Are you wet for me?", "Touch yourself for me {when}.",
)  # fmt: skip
_HEALTH: Final = (
    "How does contraception work?", "What are common symptoms of chlamydia?", "When should girls get the HPV vaccine?",
    "Our school in {city} teaches sex education.", "The sex of the kitten is unknown.", "How do {plant} reproduce?",
    "What does the survey say about sexual harassment at work in {city}?", "Breast cancer screening in {city} is free.",
    "Same-sex marriage was legalised.", "How do I talk to my teenager about consent?", "The museum shows nudes by Rubens.",
)  # fmt: skip

_CALM: Final = dict.fromkeys(
    ("toxicity", "threat", "insult", "hate", "injection", "bias", "violence", "self_harm", "harm_request"),
    0.0,
)
_THREATENED: Final = {"toxicity": 1.0, "threat": 1.0, "violence": 1.0} | dict.fromkeys(
    ("self_harm", "injection", "harm_request", "sexual", "bias"), 0.0
)
_HARMED: Final = {"self_harm": 1.0} | dict.fromkeys(("injection", "bias", "sexual", "threat", "hate"), 0.0)
_SEXUAL: Final = {"sexual": 1.0} | dict.fromkeys(
    ("injection", "bias", "self_harm", "violence", "hate", "threat"), 0.0
)


def danger(count: int, seed: int) -> Iterator[Row]:
    """About `count` rows, a little less than half of them dangerous."""
    share, plain = count // 8, _CALM | {"sexual": 0.0}
    told = {name: value for name, value in _CALM.items() if name != "violence"}
    yield from fill("made_threat", _THREAT, _THREATENED, _SLOTS, 2 * share, seed)
    yield from fill("made_figurative", _FIGURATIVE, plain, _SLOTS, 2 * share, seed + 1)
    yield from fill("made_reported", _REPORTED, told, _SLOTS, share, seed + 2)
    yield from fill("made_self_harm", _SELF_HARM, _HARMED, _SLOTS, share, seed + 3)
    yield from fill("made_help", _HELP, plain, _SLOTS, share, seed + 4)
    yield from fill("made_sexual", _EXPLICIT, _SEXUAL, _SLOTS, share // 2, seed + 5)
    yield from fill("made_health", _HEALTH, plain, _SLOTS, share // 2, seed + 6)
