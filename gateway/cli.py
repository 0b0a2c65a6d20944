"""The command line.

Exit codes, the same for every command:

    0   done, and what was checked is in order
    1   what was checked is not in order (a policy complaint, a failed rule test, a tampered log)
    2   wrong usage or settings, or input that cannot be read
    3   nothing to decide on (no tests found, no such decision, a log with warnings under --strict)
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.progress import Progress

from gateway.core.errors import ConfigError
from gateway.server.models_cli import models

OK, FAILED, USAGE, NOTHING = 0, 1, 2, 3
COMMANDS = "lictor.commands"
"""Entry point group: packages add commands of their own by name."""

CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="LICTOR_CONFIG",
    help="Settings file (TOML). Without one: OpenAI, Anthropic and Gemini, baseline policy.",
)
BUNDLE = click.argument(
    "bundle", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)


class _Commands(click.Group):
    """A group that also finds the commands declared as entry points."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        with _complaints():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        declared = [entry.name for entry in entry_points(group=COMMANDS)]
        return sorted({*super().list_commands(ctx), *declared})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            return found
        for entry in entry_points(group=COMMANDS, name=cmd_name):
            loaded = entry.load()
            if isinstance(loaded, click.Command):
                return loaded
        return None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("lictor"), prog_name="lictor")
def main() -> None:
    """Lictor: a policy-as-code governance gateway for large language models.

    Point an application's base URL at `lictor serve`; every request and response is checked
    against your Rego policies and leaves a record that anyone can verify.

    Exit codes: 0 in order, 1 not in order, 2 wrong usage or input, 3 nothing to decide on.
    """


@main.command()
@CONFIG
@click.option("--host", help="Address to listen on (overrides the settings).")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.")
@click.option("--workers", type=click.IntRange(min=1), help="Number of worker processes.")
def serve(config: Path | None, host: str | None, port: int | None, workers: int | None) -> None:
    """Run the gateway.

    OpenAI clients use http://HOST:PORT/v1 as base URL, Anthropic clients http://HOST:PORT.
    Policy is reloaded when its files change; a broken bundle is refused and the last good one
    stays in force.
    """
    from gateway.server.run import serve as run

    with _complaints():
        run(config, host=host, port=port, workers=workers)


@main.command()
@CONFIG
@click.option("--input", "source", required=True, help='JSON Lines {"id","text"}; - for stdin.')
@click.option("--output", "target", required=True, help="Where findings go; - for stdout.")
def scan(config: Path | None, source: str, target: str) -> None:
    """Run all detectors over a file of texts, the classifiers included where they are installed.

    Each line {"id","text"} gives one line {"id","findings","scores","coverage"}. Spans are
    character offsets into the text. A line that cannot be read gives {"id","line","error"} and
    exit code 2 at the end: there are always as many lines out as in.
    """
    from gateway.detect import default_detectors
    from gateway.detect.runner import Runner
    from gateway.detect.scan import scan_file
    from gateway.server.models import models
    from gateway.server.settings import Settings, load
    from gateway.server.validators import validators

    with _complaints(), _progress("scanning") as progress:
        settings = load(config) if config else Settings()
        installed = models(settings.classifiers, os.environ)
        summary = scan_file(
            Path(source),
            Path(target),
            Runner((*default_detectors(), *installed.detectors, *validators(settings.validators))),
            progress=lambda _, size: progress(size, _size(source)),
        )
        installed.close()
    for complaint in summary.complaints:
        _say(f"{source}: {complaint}")
    _say(f"{summary.lines} lines, {summary.findings} findings, {summary.malformed} unreadable")
    sys.exit(USAGE if summary.malformed else OK)


def _size(source: str) -> int:
    """How many bytes will be read; 0 where that cannot be known."""
    path = Path(source)
    return path.stat().st_size if path.is_file() and path.suffix != ".gz" else 0


@main.group()
def policy() -> None:
    """Check and test policy bundles."""


@policy.command("check")
@BUNDLE
def policy_check(bundle: Path | None) -> None:
    """Validate a bundle; every complaint names file, line and rule.

    Without BUNDLE, the baseline that ships with the package is checked.
    """
    from gateway.policy.baseline import baseline
    from gateway.policy.check import check

    with _complaints():
        root = bundle or baseline()
        complaints = check(root)
    for complaint in complaints:
        click.echo(str(complaint))
    _say(f"{root}: complaints: {len(complaints)}" if complaints else f"{root}: in order")
    sys.exit(FAILED if complaints else OK)


@policy.command("test")
@BUNDLE
@click.option("--run", "pattern", default="", help="Only tests whose name contains this.")
@click.option("-v", "--verbose", is_flag=True, help="Name every test, not only the failed ones.")
def policy_test(bundle: Path | None, pattern: str, verbose: bool) -> None:
    """Run the test_ rules of a bundle's *_test.rego files.

    No test found is exit code 3, never a success.
    """
    from gateway.policy.baseline import baseline
    from gateway.policy.rego_tests import run_tests

    with _complaints():
        results = run_tests(bundle or baseline(), pattern)
    failed = [result for result in results if not result.passed]
    for result in results if verbose else failed:
        mark = "ok  " if result.passed else "FAIL"
        click.echo(f"{mark} {result.file}:{result.line} {result.name} {result.error or ''}".rstrip())
    _say(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    sys.exit(NOTHING if not results else FAILED if failed else OK)


@main.command()
@click.argument("decision_id")
@CONFIG
@click.option("--log", type=click.Path(path_type=Path), help="Log folder (overrides settings).")
@click.option("--json", "as_json", is_flag=True, help="Print the records as they are.")
def explain(decision_id: str, config: Path | None, log: Path | None, as_json: bool) -> None:
    """Say what was found, decided and done about one call.

    DECISION_ID is the value of the response header x-lictor-decision-id.
    """
    from gateway.audit.explain import explain as told

    with _complaints():
        text = told(_log_path(config, log), decision_id, as_json=as_json)
    if text is None:
        _fail(f"no record of {decision_id}", NOTHING)
    click.echo(text)


@main.group()
def audit() -> None:
    """Work with the decision log."""


@audit.command("verify")
@click.argument("log", required=False, type=click.Path(path_type=Path))
@CONFIG
@click.option("--key", help="Verifier key (C2SP vkey, or a file that holds it).")
@click.option(
    "--known",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Signed checkpoint kept from earlier, which the log must extend; may repeat.",
)
@click.option("--strict", is_flag=True, help="Let warnings fail the verification, with exit code 3.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def audit_verify(
    log: Path | None,
    config: Path | None,
    key: str | None,
    *,
    known: tuple[Path, ...],
    strict: bool,
    as_json: bool,
) -> None:
    """Verify a log from its files alone.

    Recomputes the Merkle tree from the entries, checks the signed checkpoint, the order of every
    writer's records, and that every decision has its outcome. Without --key, the key beside the
    log is used, which proves less: whoever can rewrite the log can rewrite that key too.

    Exit codes: 0 intact, 1 tampered, 2 unreadable, 3 intact with warnings under --strict.
    """
    from gateway.audit.verify import verify

    with _complaints(), _progress("verifying") as progress:
        kept = [path.read_text("utf-8", "replace") for path in known]
        report = verify(_log_path(config, log), _key(key), progress=progress, strict=strict, known=kept)
    click.echo(report.to_json() if as_json else str(report))
    sys.exit(report.exit_code)


main.add_command(models)


def _log_path(config: Path | None, log: Path | None) -> Path:
    if log is not None:
        return log
    from gateway.server.settings import Settings, load

    return (load(config) if config else Settings()).audit.path


def _key(given: str | None) -> str | None:
    if given and Path(given).is_file():
        return Path(given).read_text("utf-8").strip()
    return given


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal; nothing elsewhere."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None)

        yield advance


@contextmanager
def _complaints() -> Iterator[None]:
    """Faults that the user can mend are said in one line, without a traceback."""
    try:
        yield
    except BrokenPipeError:
        raise  # whoever reads has read enough, as `head` does: click ends the command without a word
    except (ConfigError, OSError) as error:
        _fail(str(error), USAGE)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _fail(text: str, code: int) -> NoReturn:
    click.echo(f"lictor: {text}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
