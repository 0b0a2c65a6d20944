"""``lictor policy backtest``."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.common import CONFIG, LOG, complaints, log_path
from gateway.cli.policy.gating import LIMITS, OUT, end, gated, limits, write
from gateway.core.errors import ConfigError

if TYPE_CHECKING:
    from gateway.policy.backtest.gate import Check, Limits
    from gateway.policy.backtest.run import Order
    from gateway.policy.backtest.sums import Sums

FOLDER = click.Path(exists=True, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--bundle", required=True, type=FOLDER, help="The candidate.")
@click.option(
    "--against",
    multiple=True,
    type=FOLDER,
    help="Bundle that decided then; may repeat. Without one: the one in force.",
)
@CONFIG
@LOG
@click.option("--from", "since", default="", help="First day or moment: 2026-11-19, 2026-11-19T08:00Z.")
@click.option("--to", "until", default="", help="First day or moment that is not meant any more.")
@click.option("--tenant", "tenants", multiple=True, help="Only this tenant; may repeat.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes.")
@click.option(
    "--sweep",
    "sweeps",
    multiple=True,
    metavar="PATH=FROM:TO:STEP",
    help="Try a number of the candidate's data at many values; may repeat.",
)
@click.option("--protected", type=FOLDER, help="Cases (YAML) that the candidate must decide as they say.")
@click.option("--prices", type=FILE, help="Prices of a million tokens by model (JSON).")
@click.option("--labels", type=FILE, help='JSON Lines {"exchange", "should_deny"}: precision and recall.')
@gated("exchanges")
@click.option("--statement", "statement_file", type=OUT, help="Write an in-toto statement (unsigned).")
def backtest(**options: Any) -> None:  # noqa: ANN401 - click's own mapping
    """Judge recorded exchanges again under another bundle, and say which decisions change.

    First the bundle in force must reproduce what the log says (99.9 %); else nothing is said of the
    candidate. With a limit or protected cases this is a gate.

    Exit codes: 0 within all limits, 1 beyond one, 2 wrong usage or input, 3 inconclusive: too little
    traffic, a limit inside the interval, or a past that does not reproduce.
    """
    with complaints():
        document = _run(options)
        _write(document, options)
    end(document, options)


def _run(options: dict[str, Any]) -> dict[str, Any]:
    from gateway.audit.reader import opened
    from gateway.policy.backtest.cost import read_prices
    from gateway.policy.backtest.report import About, report
    from gateway.policy.backtest.run import run
    from gateway.policy.bundle import load

    try:
        log = opened(log_path(options["config"], options["log"]))
        order = _order(options, log)
        asked, prices = limits(options), read_prices(options["prices"]) if options["prices"] else None
        sums = run(order, options["workers"])
    except ValueError as error:
        raise ConfigError(f"the log cannot be read: {error}") from error
    about = About(
        log.origin, log.size, log.root, load(order.new).revision,
        tuple(load(path).revision for path in order.old), options["since"], options["until"],
        options["tenants"], dict(_told(options)),
    )  # fmt: skip
    return report(about, sums, _checks(options, sums, asked), prices)


def _order(options: dict[str, Any], log: Any) -> "Order":  # noqa: ANN401 - the audit log's reader
    from gateway.policy.backtest.exchanges import Window
    from gateway.policy.backtest.labels import read_labels
    from gateway.policy.backtest.run import Order
    from gateway.policy.backtest.sweep import points
    from gateway.policy.check import check

    if found := check(options["bundle"]):
        raise ConfigError(str(found[0]))
    since, until = _moment(options["since"], 0), _moment(options["until"], 2**53)
    return Order(
        source=log,
        new=options["bundle"],
        old=options["against"] or (_in_force(options["config"]),),
        window=Window(since, until, frozenset(options["tenants"])),
        points=points(options["sweeps"]),
        labels=read_labels(options["labels"]) if options["labels"] else None,
    )


def _in_force(config: Path | None) -> Path:
    """The bundle that the settings name."""
    from gateway.policy.shipped import baseline
    from gateway.server.settings import Settings, load

    policy = (load(config) if config else Settings()).policy
    if policy.remote_bundle:
        raise ConfigError("the bundle in force is on a web server: name a copy of it with --against")
    return Path(policy.bundle) if policy.bundle else baseline()


def _moment(text: str, otherwise: int) -> int:
    """Milliseconds since the epoch; a day is its beginning, and without a zone UTC is meant."""
    if not text:
        return otherwise
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"`{text}` is no date or time, such as 2026-11-19 or 2026-11-19T08:00Z") from None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(zoned.timestamp() * 1000)


def _checks(options: dict[str, Any], sums: "Sums", asked: "Limits") -> "list[Check]":
    from gateway.cli.policy.exchanging import Exchanges
    from gateway.policy.backtest.gate import checks
    from gateway.policy.backtest.protected import protected

    folder = options["protected"]
    cases = protected(folder, options["bundle"], Exchanges()) if folder else None
    return checks(sums, asked, cases)


def _told(options: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What somebody has to give to run this again, files apart."""
    for name in LIMITS:
        if options[name] is not None:
            yield name.replace("_", "-"), str(options[name])
    yield "min-exchanges", str(options["least"])
    if options["sweeps"]:
        yield "sweep", " ".join(options["sweeps"])


def _write(document: dict[str, Any], options: dict[str, Any]) -> None:
    from gateway.policy.backtest.html import page
    from gateway.policy.backtest.junit import junit
    from gateway.policy.backtest.report import encoded
    from gateway.policy.backtest.statement import statement

    forms = {
        "json_file": lambda: encoded(document),
        "html_file": lambda: page(document).encode(),
        "junit_file": lambda: junit(document).encode(),
        "statement_file": lambda: encoded(statement(document)),
    }
    write(options, forms)
