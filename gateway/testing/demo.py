"""The demonstration: a real model, the gateway in front of it, and a short tour through both.

Every step is what an application would do, through the providers' official clients; then the record
of each is read back from the log, the log is verified, one byte of it is changed, and the
verification fails.
"""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import click
from rich.console import Console

from gateway.audit.verify import verify
from gateway.testing.forgery import forged
from gateway.testing.local_model import TERMS, LocalModel, Unavailable, local_model
from gateway.testing.process import GatewayProcess, NotReady, free_port, gateway_process
from gateway.testing.tour import Tour
from gateway.testing.upstream import ScriptedUpstream

FOLDER = Path("var/demo")
PORT = 4000

SETTINGS = """\
# Written by `lictor demo`. An application needs one change: its base URL.
[server]
host = "127.0.0.1"
port = {port}
access_log = {access_log}

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

CALLS = """
Call it with curl:

  curl -i {url}/v1/chat/completions -H 'content-type: application/json' -d '{{
    "model": "gemma-3-270m", "max_tokens": 24,
    "messages": [{{"role": "user", "content": "Mail jane.doe@example.com"}}]}}'

or from Python, with any key:

  openai.OpenAI(base_url="{url}/v1", api_key="any")
  anthropic.Anthropic(base_url="{url}", api_key="any")

Every answer has a header x-lictor-decision-id. What became of the call:

  {lictor} explain ID --log {log}

Press Ctrl-C to stop.
"""


AFTERWARDS = """
Look around:
  {lictor} explain {id} --log {log}
  {lictor} audit verify {log}
  {lictor} demo --serve"""


@click.command("demo")
@click.option("--serve", is_flag=True, help="Leave model and gateway running instead of the tour.")
@click.option(
    "--port", type=int, help=f"Port of the gateway; 0: any. Left out: {PORT} with --serve, else any."
)
@click.option("--scripted", is_flag=True, help="Use the scripted upstream, not the local model.")
def demo(*, serve: bool, port: int | None, scripted: bool) -> None:
    """Govern a real local model, and watch it being governed.

    Starts a small language model as upstream and the gateway in front of it, sends a few calls
    through the official OpenAI and Anthropic clients, shows what was found, decided and recorded
    for each, verifies the record, changes one byte of it and shows the verification fail.

    Settings and records are left in var/demo.
    """
    console = Console(highlight=False)
    # Whoever stops this process, its gateway ends too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        upstream = stack.enter_context(_upstream(console, scripted=scripted))
        folder = _fresh(FOLDER)
        port = (PORT if serve else 0) if port is None else port
        gateway = stack.enter_context(_gateway(folder, upstream, port, access_log=serve))
        console.print(f"gateway   {gateway.url} (settings: {folder}/lictor.toml)", soft_wrap=True)
        if serve:
            _stay(console, gateway, folder / "audit")
        else:
            log = folder / "audit"
            ids = Tour(console, gateway.url, log).run()
            gateway.stop()
            _verify_and_tamper(console, log)
            console.print(AFTERWARDS.format(lictor=_lictor(), id=ids[1], log=log), soft_wrap=True)


@contextmanager
def _upstream(console: Console, *, scripted: bool) -> Iterator[str]:
    """The model, or, where it cannot run, the scripted upstream; and say which."""
    with ExitStack() as stack:
        model = None if scripted else _model(console, stack)
        if model is not None:
            console.print(f"model     {model.name} at {model.url} (terms: {TERMS})", soft_wrap=True)
            yield model.url
        else:
            server = stack.enter_context(ScriptedUpstream().run_in_thread())
            console.print(f"upstream  a script that echoes, at {server.url}", soft_wrap=True)
            yield server.url


def _model(console: Console, stack: ExitStack) -> LocalModel | None:
    try:
        with console.status("starting the local model"):
            return stack.enter_context(local_model())
    except Unavailable as reason:
        console.print(f"model     not available: {reason}", markup=False, soft_wrap=True)
        return None


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@contextmanager
def _gateway(folder: Path, upstream: str, port: int, *, access_log: bool) -> Iterator[GatewayProcess]:
    port = port or free_port()
    config = folder / "lictor.toml"
    logged = str(access_log).lower()
    config.write_text(SETTINGS.format(port=port, folder=folder, upstream=upstream, access_log=logged))
    # The local upstream wants no key; one is sent in place of whatever the clients bring.
    environment = {**os.environ, "LICTOR_DEMO_KEY": "not-needed"}
    try:
        with gateway_process(config, port, environment=environment) as gateway:
            yield gateway
    except NotReady as reason:
        raise click.ClickException(f"the gateway did not start: {reason}") from None


def _stay(console: Console, gateway: GatewayProcess, log: Path) -> None:
    console.print(CALLS.format(url=gateway.url, log=log, lictor=_lictor()), markup=False, soft_wrap=True)
    with suppress(KeyboardInterrupt):
        raise click.ClickException(f"the gateway ended, with exit code {gateway.process.wait()}")


def _lictor() -> str:
    """How this shell calls the command: an environment that is not activated is not on its path."""
    beside = Path(sys.executable).with_name("lictor")
    if shutil.which("lictor") or not beside.exists():
        return "lictor"
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)


def _verify_and_tamper(console: Console, log: Path) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    console.print("\n[bold]The log, verified from its files")
    say(str(verify(log, None)))
    with forged(log) as change:
        console.print("\n[bold]The same after a forgery")
        say(f"changed   {change}")
        report = verify(log, None)
    say(str(report))
    if report.ok:
        raise click.ClickException("the change was not noticed")
    say("\nThe byte is put back.")
