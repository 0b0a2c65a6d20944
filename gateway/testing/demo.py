"""The demonstration: a real model, the gateway in front of it, and a short tour through both.

Every step is what an application would do, through the providers' official clients; then the record
of each is read back from the log, the log is verified, one byte of it is changed, and the
verification fails.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.panel import Panel

from gateway.audit.explain import explain
from gateway.audit.verify import verify
from gateway.testing.local_model import TERMS, LocalModel, Unavailable, local_model
from gateway.testing.process import GatewayProcess, NotReady, free_port, gateway_process
from gateway.testing.upstream import ScriptedUpstream

if TYPE_CHECKING:
    import openai

FOLDER = Path("var/demo")

SETTINGS = """\
# Written by `lictor demo`. An application needs one change: its base URL.
[server]
host = "127.0.0.1"
port = {port}
access_log = false

[audit]
path = "{folder}/audit"
origin = "demo.lictor.local/gateway"

[[upstreams]]
name = "local"
dialect = "openai"
base_url = "{upstream}/v1"
key_env = "LICTOR_DEMO_KEY"
labels = {{ trust = "external" }}

[[routes]]
model = "*"
upstreams = ["local"]
"""


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


@click.command("demo")
@click.option("--serve", is_flag=True, help="Leave model and gateway running instead of the tour.")
@click.option("--port", default=4000, show_default=True, help="Port of the gateway; 0: any.")
@click.option("--scripted", is_flag=True, help="Use the scripted upstream, not the local model.")
def demo(*, serve: bool, port: int, scripted: bool) -> None:
    """Govern a real local model, and watch it being governed.

    Starts a small language model as upstream and the gateway in front of it, sends a few calls
    through the official OpenAI and Anthropic clients, shows what was found, decided and recorded
    for each, verifies the record, changes one byte of it and shows the verification fail.
    """
    console = Console()
    with ExitStack() as stack:
        upstream = stack.enter_context(_upstream(console, scripted=scripted))
        folder = _fresh(FOLDER)
        gateway = stack.enter_context(_gateway(folder, upstream, port))
        console.print(f"gateway   {gateway.url}  (settings: {folder}/lictor.toml)")
        if serve:
            _stay(console, gateway)
            return
        Tour(console, gateway.url, folder / "audit").run()
        gateway.stop()
        _verify_and_tamper(console, folder / "audit")


@contextmanager
def _upstream(console: Console, *, scripted: bool) -> Iterator[str]:
    """The model, or, where it cannot run, the scripted upstream; and say which."""
    with ExitStack() as stack:
        model = None if scripted else _model(console, stack)
        if model is not None:
            console.print(f"model     {model.name} at {model.url}  (terms: {TERMS})", soft_wrap=True)
            yield model.url
        else:
            server = stack.enter_context(ScriptedUpstream().run_in_thread())
            console.print(f"upstream  scripted, it echoes: {server.url}")
            yield server.url


def _model(console: Console, stack: ExitStack) -> LocalModel | None:
    try:
        return stack.enter_context(local_model())
    except Unavailable as reason:
        console.print(f"model     not available: {reason}")
        return None


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@contextmanager
def _gateway(folder: Path, upstream: str, port: int) -> Iterator[GatewayProcess]:
    port = port or free_port()
    config = folder / "lictor.toml"
    config.write_text(SETTINGS.format(port=port, folder=folder, upstream=upstream))
    # The local upstream wants no key; one is sent in place of whatever the clients bring.
    environment = {**os.environ, "LICTOR_DEMO_KEY": "not-needed"}
    try:
        with gateway_process(config, port, environment=environment) as gateway:
            yield gateway
    except NotReady as reason:
        raise click.ClickException(f"the gateway did not start: {reason}") from None


def _stay(console: Console, gateway: GatewayProcess) -> None:
    console.print(f"OpenAI clients:    base_url={gateway.url}/v1")
    console.print(f"Anthropic clients: base_url={gateway.url}")
    console.print("Press Ctrl-C to stop.")
    with contextlib.suppress(KeyboardInterrupt):
        gateway.process.wait()


class Tour:
    """The clients, and what they are made to say."""

    def __init__(self, console: Console, url: str, log: Path) -> None:
        import anthropic
        import openai

        self._console = console
        self._log = log
        self.openai = openai.OpenAI(base_url=f"{url}/v1", api_key="demo", timeout=300)
        self.anthropic = anthropic.Anthropic(base_url=url, api_key="demo", timeout=300)

    def run(self) -> None:
        """Take every step."""
        for number, step in enumerate(STEPS, start=1):
            self._console.print(Panel(f"[bold]{number}. {step.title}", expand=False))
            self._say(f"prompt     {step.prompt}")
            answered = step.ask(self, step.prompt)
            self._say(f"caller got {answered.said}")
            self._say(explain(self._log, answered.decision_id) or "no record")

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def chat(tour: Tour, prompt: str, model: str = "gemma-3-270m") -> Answered:
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
        model="gemma-3-270m",
        messages=[{"role": "user", "content": prompt}],
        max_tokens=24,
        temperature=0,
        stream=True,
    ) as raw:
        stream = raw.parse()
        parts = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
        return Answered(
            f"{_quoted(''.join(parts))} in {len(parts)} chunks", raw.headers["x-lictor-decision-id"]
        )


def message(tour: Tour, prompt: str) -> Answered:
    """An Anthropic message; the upstream speaks OpenAI, so it is translated."""
    raw = tour.anthropic.messages.with_raw_response.create(
        model="gemma-3-270m",
        max_tokens=24,
        messages=[{"role": "user", "content": prompt}],
    )
    said = "".join(block.text for block in raw.parse().content if block.type == "text")
    return Answered(_quoted(said), raw.headers["x-lictor-decision-id"])


def _refused(error: "openai.APIStatusError") -> Answered:
    body = error.body if isinstance(error.body, dict) else {}
    said = f"{type(error).__name__}, HTTP {error.status_code}: {body.get('message', error.message)}"
    return Answered(said, error.response.headers["x-lictor-decision-id"])


def _quoted(text: str) -> str:
    shown = " ".join(text.split())
    return f"“{shown[:160]}{'…' if len(shown) > 160 else ''}”"


# Assembled here so that no scanner of this repository takes it for a real one.
SECRET = "sk-proj-" + "Ab3dEf6hIj9lMn2pQr5tUv8xYz1" * 2

STEPS = (
    Step("A clean prompt", "The capital of France is", chat),
    Step(
        "A card number and an e-mail address",
        "Dear team, please refund card 4111 1111 1111 1111 and write to jane.doe@example.com",
        chat,
    ),
    Step("A secret", f"Why does this key not work: {SECRET}", chat),
    Step("A model that policy does not allow", "The capital of France is", denied_model),
    Step("A streamed answer", "The days of the week are Monday, Tuesday,", streamed),
    Step("An Anthropic-format call", "The colours of the rainbow are red, orange,", message),
)


def _verify_and_tamper(console: Console, log: Path) -> None:
    console.print(Panel("[bold]The record", expand=False))
    console.print(str(verify(log, None)), markup=False, soft_wrap=True)
    victim = next(path for path in sorted((log / "tile" / "entries").rglob("*")) if path.is_file())
    original = victim.read_bytes()
    middle = len(original) // 2
    victim.write_bytes(original[:middle] + bytes([original[middle] ^ 1]) + original[middle + 1 :])
    console.print(f"\n[bold]One byte of {victim.relative_to(log)} is changed (byte {middle}):")
    report = verify(log, None)
    victim.write_bytes(original)
    console.print(str(report), markup=False, soft_wrap=True)
    if report.ok:
        raise click.ClickException("the change was not noticed")
    console.print("\nThe byte is put back. The log stays in", str(log))
