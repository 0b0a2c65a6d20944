"""``lictor policy shadow-report``."""

import sys
from pathlib import Path

import click

from gateway.cli.common import CONFIG, FAILED, NOTHING, OK, complaints, fail, log_path


@click.command("shadow-report")
@click.argument("candidate", required=False)
@CONFIG
@click.option("--log", type=click.Path(path_type=Path), help="Log folder (overrides settings).")
@click.option("--max-divergence", type=click.FloatRange(0, 1), help="Fail where certainly more diverge.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def shadow_report(
    candidate: str | None,
    config: Path | None,
    *,
    log: Path | None,
    max_divergence: float | None,
    as_json: bool,
) -> None:
    """Add up what candidates in shadow have answered, from the log alone.

    CANDIDATE is a revision or its first digits; the last one that was in shadow where none is
    given. Exit code 1 where --max-divergence is exceeded, 3 where nothing was seen.
    """
    import orjson

    from gateway.server.shadow_report import gather, text

    with complaints():
        report = gather(log_path(config, log), candidate or "")
    if report is None:
        fail("no shadow has seen anything", NOTHING)
    click.echo(orjson.dumps(report.document(), option=orjson.OPT_INDENT_2) if as_json else text(report))
    whole = report.tally.whole
    failed = max_divergence is not None and whole.share(whole.flipped).low > max_divergence
    sys.exit(FAILED if failed else OK)
