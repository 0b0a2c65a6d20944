"""What commands share that write to the log: the settings, the log, and who is at the desk."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.common import FAILED, fail
from gateway.core.errors import ConfigError, RecordFault

if TYPE_CHECKING:
    from gateway.audit.retention.ledger import Ledger
    from gateway.audit.retention.records import Actor
    from gateway.audit.stores.opening import Site
    from gateway.server.settings import Settings

BY = click.option("--by", required=True, help="Who does this, for the record.")
Function = Callable[..., Any]


def actor(by: str) -> "Actor":
    """Who says that they do it, and the user who runs the command."""
    from gateway.audit.retention.records import Actor

    try:
        return Actor(by, getpass.getuser())
    except (KeyError, OSError):  # a user id without a name
        return Actor(by, "")


def settings_of(config: Path | None) -> "Settings":
    """The settings of a file, or the defaults. Raises ConfigError."""
    from gateway.server.settings import Settings, load

    return load(config) if config else Settings()


def stored(settings: "Settings") -> "Site | None":
    """Where the log of the settings is, unless it is in a directory. Raises ConfigError."""
    from gateway.audit.stores.opening import FILES
    from gateway.server.settings import log_place

    site = log_place(settings)
    return None if site.location == FILES else site


@contextmanager
def ledger(settings: "Settings") -> Iterator["Ledger"]:
    """The settings' log, open to append. What forbids the work, or breaks it, ends the command in one line.

    Raises:
        ConfigError: there is no log.
    """
    from gateway.audit.layout import Layout
    from gateway.audit.retention.ledger import Ledger
    from gateway.audit.stores.base import CHECKPOINT
    from gateway.audit.stores.opening import open_source
    from gateway.server.evidence import open_log

    path, store = settings.audit.path, stored(settings)
    there = open_source(store).fetch(CHECKPOINT) if store else Layout(path).wal.is_dir()
    if not there:
        name = store.location.partition("://")[0] if store else path
        raise ConfigError(f"{name}: there is no log; name the settings with --config")
    try:
        log = open_log(settings)
        try:
            yield Ledger(path, log.append_sync, store)
        finally:
            log.close_sync()
    except RecordFault as fault:
        fail(str(fault), FAILED)


def moment(text: str, *, end: bool = False) -> int:
    """Unix milliseconds of ``2026-11-26`` or ``2026-11-26T10:00:00+01:00``; UTC where it says no zone, and
    of a day its first millisecond or, at an *end*, its last. Raises click.BadParameter."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no day or time: write 2026-11-26") from None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    whole = int(at.timestamp() * 1000)
    return whole + 24 * 3600 * 1000 - 1 if end and len(text) == len("2026-11-26") else whole
