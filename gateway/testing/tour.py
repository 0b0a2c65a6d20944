"""The tour of the demonstration: what an application would do, and what the log then says about it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.audit.reader import find
from gateway.testing.telling import told

if TYPE_CHECKING:
    import openai

MODEL = "gemma-3-270m"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a client saw."""

    said: str
    decision_id: str


@dataclass(frozen=True, slots=True)
class Step:
    """One stop of the tour."""

    title: str
    prompt: str
    ask: Callable[["Tour", str], Answered]


class Tour:
    """The providers' official clients, and what they are made to say."""

    def __init__(self, console: Console, url: str, log: Path) -> None:
        import anthropic
        import openai

        self._console = console
        self._log = log
        self.openai = openai.OpenAI(base_url=f"{url}/v1", api_key="demo", timeout=300)
        self.anthropic = anthropic.Anthropic(base_url=url, api_key="demo", timeout=300)

    def run(self) -> Sequence[str]:
        """Take every step; their decision ids."""
        return [self._take(number, step) for number, step in enumerate(STEPS, start=1)]

    def _take(self, number: int, step: Step) -> str:
        self._console.print(f"\n[bold]{number}. {step.title}")
        with self._console.status("waiting for the answer"):
            answered = step.ask(self, step.prompt)
        self._console.print(_table(self._lines(step, answered)))
        return answered.decision_id

    def _lines(self, step: Step, answered: Answered) -> Iterator[tuple[str, str]]:
        yield "prompt", step.prompt
        yield "answer", answered.said
        yield from told([record for _, record in find(self._log, answered.decision_id)])


def _table(lines: Iterator[tuple[str, str]]) -> Table:
    """Two columns; what is long goes on below itself."""
    table = Table.grid(padding=(0, 0, 0, 3))
    table.add_column(no_wrap=True, style="dim")
    for label, text in lines:
        table.add_row(label, Text(text))
    return table


def chat(tour: Tour, prompt: str, model: str = MODEL) -> Answered:
    """A chat completion."""
    import openai

    try:
        raw = tour.openai.chat.completions.with_raw_response.create(
            model=model,
            messages=[{"role": "user", "content": prompt}],
            max_tokens=24,
            temperature=0,
        )
    except openai.APIStatusError as error:
        return _refused(error)
    said = raw.parse().choices[0].message.content or ""
    return Answered(_quoted(said), raw.headers["x-lictor-decision-id"])


def denied_model(tour: Tour, prompt: str) -> Answered:
    """A chat completion with a model that policy does not allow."""
    return chat(tour, prompt, model="shadow-it-model")


def streamed(tour: Tour, prompt: str) -> Answered:
    """A streamed chat completion."""
    with tour.openai.chat.completions.with_streaming_response.create(
        model=MODEL,
        messages=[{"role": "user", "content": prompt}],
        max_tokens=24,
        temperature=0,
        stream=True,
    ) as raw:
        stream = raw.parse()
        parts = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
        said = f"{_quoted(''.join(parts))} in {len(parts)} chunks"
        return Answered(said, raw.headers["x-lictor-decision-id"])


def message(tour: Tour, prompt: str) -> Answered:
    """An Anthropic message; the upstream speaks OpenAI, so it is translated."""
    raw = tour.anthropic.messages.with_raw_response.create(
        model=MODEL, max_tokens=24, messages=[{"role": "user", "content": prompt}]
    )
    said = "".join(block.text for block in raw.parse().content if block.type == "text")
    return Answered(_quoted(said), raw.headers["x-lictor-decision-id"])


def _refused(error: "openai.APIStatusError") -> Answered:
    body = error.body if isinstance(error.body, dict) else {}
    said = f"openai.{type(error).__name__}, HTTP {error.status_code}: {body.get('message', error.message)}"
    return Answered(said, error.response.headers["x-lictor-decision-id"])


def _quoted(text: str) -> str:
    shown = " ".join(text.split())
    return f"“{shown[:160]}{'…' if len(shown) > 160 else ''}”"


# Assembled here so that no scanner of this repository takes it for a real one.
SECRET = "sk-proj-" + "Ab3dEf6hIj9lMn2pQr5tUv8xYz1" * 2

STEPS = (
    Step("A clean prompt", "The capital of France is", chat),
    Step(
        "A card number and an e-mail address, which the model never sees",
        "Dear team, please refund card 4111 1111 1111 1111 and write to jane.doe@example.com",
        chat,
    ),
    Step("A secret", f"Why does this key not work: {SECRET}", chat),
    Step("A model that policy does not allow", "The capital of France is", denied_model),
    Step("A streamed answer", "The days of the week are Monday, Tuesday,", streamed),
    Step(
        "An Anthropic client, translated for the same model",
        "The colours of the rainbow are red, orange,",
        message,
    ),
)
