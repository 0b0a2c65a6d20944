"""``lictor policy check``."""

import sys
from pathlib import Path

import click

from gateway.cli.common import BUNDLE, FAILED, OK, complaints, say

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@BUNDLE
@click.option("--guards", multiple=True, type=_FOLDER, help="A folder of declared Guardrails guards.")
@click.option("--rails", multiple=True, type=_FOLDER, help="A folder of NeMo rails, or of such folders.")
def check(bundle: Path | None, guards: tuple[Path, ...], rails: tuple[Path, ...]) -> None:
    """Validate a bundle, guards and rails; every complaint names file, line and rule.

    Warnings, of rules that a real OPA would answer otherwise, do not change the exit code.

    Without BUNDLE, the baseline that ships with the package is checked, unless guards or rails are named.
    """
    from gateway.cli.policy.declared import complaints_about
    from gateway.policy.check import check as checked
    from gateway.policy.check import warnings
    from gateway.policy.shipped import baseline

    alone = bundle is None and bool(guards or rails)
    found: list[str] = []
    with complaints():
        root = bundle or baseline()
        if not alone:
            found += map(str, checked(root))
            for warning in [] if found else warnings(root):
                say(f"warning: {warning}")
        found += complaints_about(guards, rails)
    for complaint in found:
        click.echo(complaint)
    what = ", ".join(map(str, [*([] if alone else [root]), *guards, *rails]))
    say(f"{what}: complaints: {len(found)}" if found else f"{what}: in order")
    sys.exit(FAILED if found else OK)
