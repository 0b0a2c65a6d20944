"""What the commands that judge a candidate share: limits, forms of the report, and the exit code."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from gateway.cli.common import FAILED, NOTHING, OK

if TYPE_CHECKING:
    from gateway.policy.backtest.gate import Limits

Command = TypeVar("Command", bound=Callable[..., Any])
Options = Mapping[str, Any]

OUT = click.Path(dir_okay=False, path_type=Path)
LIMITS = ("max_new_deny", "max_new_allow", "max_divergence", "max_unknown")
_CODES = {"pass": OK, "fail": FAILED, "inconclusive": NOTHING}


def gated(unit: str) -> Callable[[Command], Command]:
    """The options of a command that may be a gate; ``unit`` is what it counts, in the plural."""
    options = (
        click.option("--max-new-deny", metavar="LIMIT", help=f"Most newly stopped {unit}: 0.5% or a number."),
        click.option("--max-new-allow", metavar="LIMIT", help=f"Most newly released {unit}."),
        click.option("--max-divergence", metavar="LIMIT", help=f"Most {unit} that change, whichever way."),
        click.option(
            "--max-unknown", metavar="LIMIT", help=f"Most {unit} without a known answer [1% in a gate]."
        ),
        click.option(
            f"--min-{unit}",
            "least",
            type=click.IntRange(0),
            default=100,
            show_default=True,
            help=f"Fewer compared {unit} are inconclusive.",
        ),
        click.option("--json", "json_file", type=OUT, help="Write the whole report; - for stdout."),
        click.option("--html", "html_file", type=OUT, help="Write the report as a page."),
        click.option("--junit", "junit_file", type=OUT, help="Write the checks as JUnit XML."),
    )

    def with_options(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return with_options


def limits(options: Options) -> "Limits":
    """What was asked for. Raises ConfigError for what is no limit."""
    from gateway.policy.backtest.gate import Limits, limit

    deny, allow, divergence, unknown = (limit(options[name]) if options[name] else None for name in LIMITS)
    if unknown is None and (deny or allow or divergence):
        unknown = limit("1%")
    return Limits(deny, allow, unknown, options["least"], divergence)


def write(options: Options, forms: Mapping[str, Callable[[], bytes]]) -> None:
    """Write the forms of the report that were asked for, by name of the option."""
    for name, make in forms.items():
        if (path := options[name]) is None:
            continue
        if str(path) == "-":
            sys.stdout.buffer.write(make())
        else:
            path.write_bytes(make())


def end(document: Mapping[str, Any], options: Options) -> NoReturn:
    """Tell the report, unless standard output has the JSON, and end with its verdict."""
    if str(options["json_file"]) != "-":
        from rich.console import Console

        from gateway.policy.backtest.terminal import tell

        tell(dict(document), Console())
    sys.exit(_CODES[document["verdict"]])
