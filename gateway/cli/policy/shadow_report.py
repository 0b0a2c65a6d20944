"""``lictor policy shadow-report``."""

from typing import Any

import click

from gateway.cli.common import CONFIG, LOG, NOTHING, complaints, fail, log_path
from gateway.cli.policy.gating import Options, end, gated, limits, write


@click.command("shadow-report")
@click.argument("candidate", required=False)
@CONFIG
@LOG
@gated("decisions")
def shadow_report(**options: Any) -> None:  # noqa: ANN401 - click's own mapping
    """Add up what candidates in shadow have answered, from the log alone.

    CANDIDATE is a revision or its first digits; the last one that was in shadow where none is
    given. With a limit this is a gate.

    Exit codes: 0 within all limits, 1 beyond one, 2 wrong usage or input, 3 inconclusive: nothing or too
    little was seen, or a limit lies inside the interval.
    """
    with complaints():
        document = _report(options)
        _write(document, options)
    end(document, options)


def _report(options: Options) -> dict[str, Any]:
    from gateway.server.shadow_report import gather

    asked = limits(options)
    report = gather(log_path(options["config"], options["log"]), options["candidate"] or "")
    if report is None:
        fail("no shadow has seen anything", NOTHING)
    return report.document(asked)


def _write(document: dict[str, Any], options: Options) -> None:
    from gateway.policy.backtest.html_shadow import page
    from gateway.policy.backtest.junit import junit
    from gateway.policy.backtest.report import encoded

    forms = {
        "json_file": lambda: encoded(document),
        "html_file": lambda: page(document).encode(),
        "junit_file": lambda: junit(document, "shadow-report").encode(),
    }
    write(options, forms)
