"""``lictor report``: audit reports from a decision log."""

import os
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from gateway.cli.common import CONFIG, FAILED, LOG, OK, complaints, key_of, log_path, progress, say
from gateway.cli.desk import actor, ledger, settings_of
from gateway.core.errors import ConfigError
from reports.builders import KINDS
from reports.model import Report
from reports.renderers import FORMATS, rendered

Options = Mapping[str, Any]
Command = Callable[..., None]


@click.group()
def report() -> None:
    """Make audit reports from a decision log.

    The log is verified first; a report over a log that fails says so in its first line. The same log and
    options give the same bytes.

    Exit codes: 0 made from a verified log, 1 made from a log that failed verification, 2 wrong usage or
    input.
    """


@report.command("list")
def list_kinds() -> None:
    """Say which reports and formats there are."""
    for name, kind in KINDS.items():
        click.echo(f"{name:<14} {kind.about}")
    click.echo()
    for name, form in FORMATS.items():
        click.echo(f"--format {name:<9} {form.about}")


@report.command("controls")
@click.option("--framework", help="Only this framework, such as owasp-llm or owasp-llm:2026.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--markdown", is_flag=True, help="Print the page docs/reference/controls.md.")
def controls(framework: str | None, *, as_json: bool, markdown: bool) -> None:
    """Show which clause is mapped to which rules and records."""
    from reports.catalogue import load_all
    from reports.controls_page import as_objects, page, told

    with complaints():
        catalogues = [
            item for item in load_all() if not framework or framework in {item.framework, item.name}
        ]
        if not catalogues:
            raise ConfigError(f"there is no catalogue {framework}")
        click.echo(
            as_objects(catalogues) if as_json else page(catalogues) if markdown else told(catalogues),
            nl=False,
        )


class _Moment(click.ParamType[int]):
    """A date or a time; UTC where it does not say."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date or time such as 2026-10-01 or 2026-10-01T12:00:00Z", param, ctx)
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


class _Formats(click.ParamType[tuple[str, ...]]):
    """Names of formats, with commas between them."""

    name = "formats"

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in str(value).split(","))
        unknown = [name for name in names if name not in FORMATS]
        if unknown:
            self.fail(f"no format {', '.join(unknown)}; there are {', '.join(FORMATS)}", param, ctx)
        return names


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)

_OPTIONS = (
    LOG,
    CONFIG,
    click.option("--key", help="Verifier key (C2SP vkey, or a file that holds it), from outside the log."),
    click.option("--from", "from_ms", type=_Moment(), help="First moment of the period, inclusive."),
    click.option("--to", "to_ms", type=_Moment(), help="End of the period, exclusive."),
    click.option("--since", type=_FILE, help="Signed checkpoint: only what the log took up after it."),
    click.option("--until", type=_FILE, help="Signed checkpoint: only what it covers."),
    click.option(
        "--format", "formats", type=_Formats(), default="html,json", show_default=True, help="One or several."
    ),
    click.option(
        "-o", "--output", type=click.Path(path_type=Path), help="File, or its beginning for several formats."
    ),
    click.option(
        "--bundle",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Also write an evidence bundle (zip).",
    ),
    click.option("--without-log", is_flag=True, help="Leave the log itself out of the bundle."),
    click.option(
        "--policy", "policies", multiple=True, type=_FOLDER, help="Policy bundle at hand; may repeat."
    ),
    click.option("--record", metavar="BY", help="Record in the settings' log that BY made this report."),
    click.option("--decision", "exchange", default="", help="Decision id, for the report on one decision."),
    click.option("--operator", type=_FILE, help="Declarations of the operator (YAML), for gdpr-art30."),
    click.option("--models", type=_FILE, help="Manifest of the classifiers, for the report on models."),
)


@dataclass(frozen=True, slots=True)
class Made:
    """A report, and what a bundle needs beside it."""

    report: Report
    context: Any


def _command(kind: str) -> Command:
    def run(**options: Any) -> None:  # noqa: ANN401
        if options["record"] and options["log"]:
            raise click.UsageError("--record writes to the log of the settings: leave out --log")
        with complaints(), progress("verifying") as advance:
            made = make(kind, options, advance)
            _write(made.report, kind, options)
            if options["bundle"]:
                _bundle(made, options)
            if options["record"]:
                _record(made, kind, options)
        say(made.report.headline)
        sys.exit(OK if made.report.verified else FAILED)

    run.__doc__ = f"Report: {KINDS[kind].about}."
    return run


def _record(made: Made, kind: str, options: Options) -> None:
    """Append the digests of what was made to the log that it was made from."""
    from gateway.audit.retention.records import report_record

    settings, verified = settings_of(options["config"]), made.context.evidence.verified
    bundle = sha256(options["bundle"].read_bytes()).hexdigest() if options["bundle"] else ""
    record = report_record(
        actor(options["record"]),
        kind=kind,
        report=sha256(rendered(made.report, "json")).hexdigest(),
        size=verified.size,
        root=verified.root,
        bundle=bundle,
    )
    with ledger(settings) as log:
        log.append(record)


def make(kind: str, options: Options, advance: Callable[[int, int], None] | None = None) -> Made:
    """Build a report from the options of the command line. Raises ConfigError."""
    from reports.catalogue import load_all
    from reports.context import Context
    from reports.evidence import open_evidence
    from reports.tally import tallied

    if options["to_ms"] is not None and (options["from_ms"] or 0) >= options["to_ms"]:
        raise ConfigError("--to is the end of the period, exclusive: it has to be after --from")
    evidence = open_evidence(
        log_path(options["config"], options["log"]),
        key=key_of(options["key"]),
        from_ms=options["from_ms"] or 0,
        to_ms=options["to_ms"] or 0,
        since=_text(options["since"]),
        until=_text(options["until"]),
        progress=advance,
    )
    wanted = KINDS[kind].editions
    catalogues = tuple(item for item in load_all() if (item.framework, item.edition) in wanted)
    tally = tallied(evidence, catalogues)
    operator, models, inputs = _extras(kind, options)
    context = Context(
        evidence,
        tally,
        catalogues,
        policies=_policies(options["policies"], {key[0] for key in tally.of("revision")}),
        arguments=_arguments(options),
        epoch=_epoch(),
        exchange=options["exchange"],
        operator=operator,
        models=models,
        inputs=inputs,
    )
    return Made(KINDS[kind].build(context), context)


def _extras(kind: str, options: Options) -> tuple[Mapping[str, object], Path | None, tuple[Any, ...]]:
    """The operator's declarations and the manifest of models, with their digests."""
    from reports.declarations import declared

    operator: Mapping[str, object] = {}
    inputs: list[Any] = []
    if options["operator"]:
        operator, given = declared(options["operator"])
        inputs.append(given)
    models: Path | None = options["models"]
    if kind == "models":
        from gateway.detect.onnx.manifest import shipped
        from reports.builders.models import manifest_inputs

        models = models or (shipped() if shipped().is_file() else None)
        inputs += manifest_inputs(models) if models else ()
    return operator, models, tuple(inputs)


def _policies(given: tuple[Path, ...], decided: set[str]) -> tuple[Any, ...]:
    """The bundles named, and the baseline where it decided."""
    from gateway.policy.shipped import baseline
    from reports.policies import read_policy

    policies = [read_policy(path) for path in given]
    if baseline().is_dir() and not decided <= {policy.revision for policy in policies}:
        shipped = read_policy(baseline())
        policies += [shipped] if shipped.revision in decided else []
    return tuple(policies)


def _arguments(options: Options) -> str:
    """The options that shaped the report, for the line that tells how to make it again."""
    from reports.text import moment

    said = [f"--from {moment(options['from_ms'])}"] if options["from_ms"] else []
    said += [f"--to {moment(options['to_ms'])}"] if options["to_ms"] else []
    said += [
        f"--{name} {shlex.quote(options[name].name)}"
        for name in ("since", "until", "operator")
        if options[name]
    ]
    said += [f"--policy {shlex.quote(path.name)}" for path in options["policies"]]
    said += [f"--decision {shlex.quote(options['exchange'])}"] if options["exchange"] else []
    return "".join(f" {part}" for part in said)


def _epoch() -> int | None:
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given and not given.isdecimal():
        raise ConfigError(f"SOURCE_DATE_EPOCH={given!r} is no number of seconds")
    return int(given) if given else None


def _text(path: Path | None) -> str | None:
    return path.read_text("utf-8", "replace") if path else None


def _write(made: Report, kind: str, options: Options) -> None:
    output: Path = options["output"] or Path(f"report-{kind}")
    for name in options["formats"]:
        exact = len(options["formats"]) == 1 and output.suffix
        path = output if exact else output.with_name(output.name + FORMATS[name].suffix)
        path.write_bytes(rendered(made, name))
        click.echo(path)


def _bundle(made: Made, options: Options) -> None:
    from reports.bundle import bundled

    files = bundled(
        made.report, made.context, options["formats"], options["policies"], whole=not options["without_log"]
    )
    options["bundle"].write_bytes(files)
    click.echo(options["bundle"])


for _kind in KINDS:
    _run = _command(_kind)
    for _option in reversed(_OPTIONS):
        _run = _option(_run)
    report.command(_kind)(_run)
