"""Request bodies that never repeat, in text or length, so that no cache flatters a gateway."""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

Dialect = Literal["openai", "anthropic"]

VOCABULARY = (
    "the a of and to in that this with for from by on as at an it we you they their our which while when "
    "before after report meeting summary customer question answer table window garden river mountain "
    "winter summer music teacher student history language recipe kitchen engine signal battery sensor "
    "budget invoice delivery schedule release version branch method value reason method example paragraph "
    "chapter author reader letter story please explain compare describe rewrite shorten translate list "
    "find write read move build plan open close begin end quick slow bright quiet simple careful early "
    "late small large useful common several many few next last first"
).split()

MARK = "qqqqqqqq"
"""Stands in a template where each use puts its own letters."""

CHUNKS = 32
"""Text chunks in a streamed answer."""

LONG_CHUNKS = 512
"""Text chunks in a long one."""

_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def text(size: int, seed: int) -> str:
    """Sentences of plain words, ``size`` characters long, starting with the mark."""
    rng = random.Random(seed)
    sentences = [f"{MARK} {_sentence(rng)}"]
    while sum(map(len, sentences)) + len(sentences) <= size:
        sentences.append(_sentence(rng))
    return " ".join(sentences)[:size]


def _sentence(rng: random.Random) -> str:
    return " ".join(rng.choices(VOCABULARY, k=rng.randint(6, 14))).capitalize() + "."


def numbered(template: bytes, number: int) -> bytes:
    """The template with its mark replaced by letters that spell ``number``: digits could look like data."""
    return template.replace(MARK.encode(), f"{number:08x}".translate(_LETTERS).encode(), 1)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What one kind of request asks."""

    size: int
    dialect: Dialect = "openai"
    stream: bool = False
    pace_ms: int = 0
    """Milliseconds that the mock waits before each chunk of a stream, or before a whole answer."""

    long: bool = False
    """Whether the stream that is asked for is a long one: there a chunk's cost shows, not a call's."""

    suffix: str = ""
    """Text at the end of every prompt, such as something to redact."""

    @property
    def path(self) -> str:
        """Where such a request goes, below the server's root."""
        return "/v1/messages" if self.dialect == "anthropic" else "/v1/chat/completions"

    @property
    def model(self) -> str:
        """The mock reads the pace off the model's name, which every gateway hands on."""
        family = "claude" if self.dialect == "anthropic" else "gpt"
        return f"{family}-mock-{'long-' if self.long else ''}{self.pace_ms}ms"

    @property
    def chunks(self) -> int:
        """Text chunks in the answer."""
        return LONG_CHUNKS if self.long else CHUNKS

    def bodies(self) -> Iterator[bytes]:
        """Endless bodies, no two the same, of up to an eighth more or less than ``size``."""
        templates = _templates(self)
        for number in itertools.count(random.SystemRandom().getrandbits(31)):
            head, content, tail = templates[number % len(templates)]
            length = self.size - self.size // 8 + number % (self.size // 4)
            yield numbered(head + content[: length - len(self.suffix)] + tail, number)


@cache
def _templates(prompt: Prompt) -> list[tuple[bytes, bytes, bytes]]:
    return [_template(prompt, seed) for seed in range(64)]


def _template(prompt: Prompt, seed: int) -> tuple[bytes, bytes, bytes]:
    """What comes before the text, more text than is needed, and what comes behind."""
    content = text(prompt.size * 5 // 4, seed)
    body: dict[str, object] = {
        "model": prompt.model,
        "messages": [{"role": "user", "content": content + prompt.suffix}],
    }
    if prompt.dialect == "anthropic":
        body["max_tokens"] = 256
    if prompt.stream:
        body["stream"] = True
    whole = json.dumps(body, separators=(",", ":"))
    head, tail = whole.split(content)
    return head.encode(), content.encode(), tail.encode()
