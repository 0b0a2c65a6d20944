"""``lictor audit export``."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.common import CONFIG, FAILED, NOTHING, USAGE, complaints, fail, log_path, say
from gateway.cli.desk import moment

if TYPE_CHECKING:
    from gateway.audit.export.position import Position
    from gateway.audit.export.reading import Snapshot
    from gateway.audit.export.selection import Selection
    from gateway.audit.export.targets.base import Target

FORMATS = ("jsonl", "parquet", "otlp", "ocsf", "cef", "syslog")
"""Named here so that the other commands start without them."""

STDOUT = "-"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("log", required=False)
@CONFIG
@click.option("--format", "form", type=click.Choice(FORMATS), required=True, help="How entries are spelled.")
@click.option("-o", "--output", default=STDOUT, help="File that appears once it is complete; - is a pipe.")
@click.option(
    "--to",
    metavar="URL",
    help="Send instead: otlp to http(s)://host:4318, the rest to syslog+udp://, syslog+tcp:// or syslog+tls://host:port.",
)
@click.option("--since", default="", help="From this day or time on (2026-11-26).")
@click.option("--until", default="", help="Up to and with this day or time.")
@click.option("--type", "types", default="", help="Only these types of record: decision,outcome,…")
@click.option("--from", "start", type=click.IntRange(0), help="Index of the first entry; 0 by default.")
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that remembers how far it came: the next run goes on there.",
)
@click.option("--follow", is_flag=True, help="Go on with what the log gets, until a signal ends it.")
@click.option(
    "--every", type=click.FloatRange(0.01), default=1.0, help="Seconds between two looks; 1 by default."
)
@click.option(
    "--patience",
    type=click.FloatRange(0),
    default=60.0,
    help="Seconds that a batch is tried again; 60 by default.",
)
@click.option("--ca", type=_FILE, help="Certificates (PEM) to trust instead of the system's.")
@click.option(
    "--cert", type=_FILE, help="Our certificate and its key (PEM), where the other side asks for one."
)
def export(
    log: str | None,
    config: Path | None,
    form: str,
    output: str,
    to: str | None,
    *,
    since: str,
    until: str,
    types: str,
    start: int | None,
    state: Path | None,
    follow: bool,
    every: float,
    patience: float,
    ca: Path | None,
    cert: Path | None,
) -> None:
    """Export a log for other tools: a folder, postgres://… or s3://bucket/prefix.

    Every row has the entry's index and leaf hash, and the origin and size of the checkpoint that it was
    read under, so that it can be held against a proof. The log is not verified: `lictor audit verify`
    does that. With --state, entries arrive at least once; one that arrives twice has the same index.

    Exit codes: 0 all was delivered, 1 the log contradicts itself or what was exported before, 2 wrong
    usage, or a file or the log cannot be read or written, 3 not all was delivered, and --state says how far.
    """
    from gateway.audit.export.feed import Feed
    from gateway.audit.stores.opening import open_source

    _usage(form, output, to, start=start, state=state, follow=follow)
    selection = _selection(since, until, types)
    with complaints(), _ended(to):
        source = open_source(log_path(config, log))
        now, after = _beginning(source, state, start)
        target = _target(form, output, to, now, ca, cert)
        feed = Feed(source, target, after, selection, state, patience, _stopped() if follow else Event(), say)
        if follow:
            feed.follow(now, every)
        else:
            feed.once(now)
    say(f"{feed.delivered} entries of {now.head.origin}; next is {feed.after}")


def _usage(
    form: str, output: str, to: str | None, *, start: int | None, state: Path | None, follow: bool
) -> None:
    from gateway.audit.export.formats.registry import missing

    if to and output != STDOUT:
        raise click.UsageError("give either --output or --to")
    if follow and state is None:
        raise click.UsageError("--follow needs --state, so that the next run knows where to go on")
    if follow and (output != STDOUT or form == "parquet"):
        raise click.UsageError(
            "a file is never complete under --follow: send with --to, or leave --output away"
        )
    if state is not None and start is not None:
        raise click.UsageError("give either --from or --state")
    if lacking := missing(form):
        fail(lacking, USAGE)


def _selection(since: str, until: str, types: str) -> "Selection":
    from gateway.audit.export.selection import TYPES, Selection

    wanted = frozenset(name.strip() for name in types.split(",") if name.strip())
    if unknown := sorted(wanted - set(TYPES)):
        raise click.BadParameter(f"{', '.join(unknown)}: the types are {', '.join(TYPES)}")
    since_ms = moment(since) if since else None
    until_ms = moment(until, end=True) if until else None
    return Selection(wanted, since_ms, until_ms)


def _beginning(source: Any, state: Path | None, start: int | None) -> tuple["Snapshot", int]:  # noqa: ANN401
    """The log as it is, and the entry to begin with."""
    from gateway.audit.export.position import load
    from gateway.audit.export.reading import snapshot

    now = snapshot(source)
    position: Position | None = None
    if state is not None:
        try:
            position = load(state)
        except ValueError as error:
            fail(str(error), USAGE)
    if position is not None:
        position.check(now)
        return now, position.after
    return now, start or 0


def _target(  # noqa: PLR0917
    form: str, output: str, to: str | None, now: "Snapshot", ca: Path | None, cert: Path | None
) -> "Target":
    from gateway.audit.export.formats.registry import FORMATS as BY_NAME
    from gateway.audit.export.targets.file import Pipe, WholeFile
    from gateway.audit.export.targets.opening import AddressError, Credentials, open_target

    if to is None and output == STDOUT:
        return Pipe(sys.stdout.buffer, BY_NAME[form], now.head)
    if to is None:
        return WholeFile(Path(output), BY_NAME[form], now.head)
    try:
        return open_target(to, form, Credentials(str(ca) if ca else None, str(cert) if cert else None))
    except AddressError as error:
        raise click.BadParameter(str(error), param_hint="--to") from error


@contextmanager
def _ended(to: str | None) -> Iterator[None]:
    """What ends an export early is said in one line."""
    from gateway.audit.export.reading import Disorder
    from gateway.audit.export.targets.base import Undelivered

    try:
        yield
    except Disorder as fault:
        fail(str(fault), FAILED)
    except Undelivered as fault:
        fail(f"not delivered to {_shown(to)}: {fault}", NOTHING)


def _shown(to: str | None) -> str:
    """An address without what may be secret in it."""
    return (to or "").partition("?")[0].rpartition("@")[2] or "standard output"


def _stopped() -> Event:
    """Set by the signals that end a service."""
    stop = Event()
    handler: Callable[..., None] = lambda *_: stop.set()  # noqa: E731 - one line says it
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)
    return stop
