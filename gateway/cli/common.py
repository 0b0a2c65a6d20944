"""What every command shares: exit codes, options, and how faults are told."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console
from rich.progress import Progress

from gateway.core.errors import ConfigError

if TYPE_CHECKING:
    from gateway.audit.stores.opening import Place

OK, FAILED, USAGE, NOTHING = 0, 1, 2, 3

CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="LICTOR_CONFIG",
    help="Settings file (TOML). Without one: OpenAI, Anthropic and Gemini, baseline policy.",
)
LOG = click.option("--log", help="Log folder, postgres://… or s3://… (overrides settings).")
BUNDLE = click.argument("bundle", required=False, type=click.Path(exists=True, path_type=Path))
"""A folder or an archive."""


def log_path(config: Path | None, log: str | None) -> "Place":
    """Where the log is: as named, or as the settings have it."""
    if log is not None:
        return log if "://" in log else Path(log)
    from gateway.server.settings import Settings, load, log_place

    return log_place(load(config) if config else Settings())


def pruned(place: "Place") -> str:
    """What to add where nothing was found: empty for a log of which nothing was pruned."""
    from gateway.audit.reader import minimum

    with complaints():
        first = minimum(place)
    return f"; entries below {first} were pruned at the end of their time" if first else ""


def key_of(given: str | None) -> str | None:
    """A verifier key, given as such or as a file that holds it."""
    if given and Path(given).is_file():
        return Path(given).read_text("utf-8").strip()
    return given


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal; nothing elsewhere."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None)

        yield advance


@contextmanager
def complaints() -> Iterator[None]:
    """Faults that the user can mend are said in one line, without a traceback."""
    try:
        yield
    except BrokenPipeError:
        raise  # whoever reads has read enough, as `head` does: click ends the command without a word
    except (ConfigError, OSError) as error:
        fail(str(error), USAGE)


def say(text: str) -> None:
    """Tell the person, not the pipe."""
    click.echo(text, err=True)


def fail(text: str, code: int) -> NoReturn:
    """Say what is wrong, and end."""
    click.echo(f"lictor: {text}", err=True)
    sys.exit(code)
