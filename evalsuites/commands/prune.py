"""``lictor evals prune``."""

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from evalsuites.commands.common import FOLDER, HERE, SUITES, faults, suites_in
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.reporting.run import read
from evalsuites.harness.suite import FILE
from gateway.cli.common import NOTHING, fail, say

_NAME = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})\.json")
_SHIPPED = (HERE / "lictor.toml", HERE / "open.toml")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DIR = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@FOLDER
@click.option(
    "--config", "configs", type=_FILE, multiple=True, help="Every settings file that is recorded with."
)
@click.option("--recordings", type=_DIR, default=HERE / "recordings", help="Folder of recorded answers.")
@click.option("--delete", is_flag=True, help="Remove them. Without it they are only named.")
def prune(root: Path, configs: tuple[Path, ...], recordings: Path, *, delete: bool) -> None:
    """Name the recordings that no case uses any more, and with --delete remove them.

    All cases of all suites are played back once for each settings file; what no case needed is left over.
    Refused where cases were left out, or could not be answered: their recordings would seem unused.
    """
    with faults():
        _refuse_a_part(root, configs, recordings)
        used = {key for config in configs or _SHIPPED for key in _used(root, config, recordings)}
        unused = [path for path, key in _kept(recordings) if key not in used]
    if not used:
        fail(f"{recordings}: no case used a recording, so these are others", NOTHING)
    size = sum(path.stat().st_size for path in unused)
    for path in unused:
        click.echo(path)
        if delete:
            path.unlink()
    done = "removed" if delete else "would be removed; --delete does it"
    say(f"{len(used)} recordings are used; {len(unused)} are not ({size} bytes): {done}")


def _refuse_a_part(root: Path, configs: Sequence[Path], recordings: Path) -> None:
    """A folder of recordings serves all suites that were recorded into it; it does not say which."""
    if (root / FILE).is_file():
        raise UsageFault(str(root), "this is one suite: name the folder with all that share the recordings")
    shipped = HERE / "recordings"
    if root != SUITES and recordings == shipped:
        raise UsageFault("--suites", "these are not the suites that ship: name their --recordings as well")
    if recordings != shipped and not configs:
        raise UsageFault("--recordings", "name every --config that was recorded with as well")


def _used(root: Path, config: Path, recordings: Path) -> set[str]:
    """The keys of all recordings that a run of all cases plays back.

    Raises:
        UsageFault: not every case was asked and answered.
    """
    suites = suites_in(root)
    expected = sum(len(suite.cases) * suite.epochs for suite in suites.values())
    with tempfile.TemporaryDirectory() as folder:
        used, out = Path(folder, "used"), Path(folder, "out")
        options = {"config": config, "recordings": recordings, "used": used, "out": out}
        said = _run(root, [f"--eval-{name}={path}" for name, path in options.items()])
        try:
            _, results = read(out)
        except UsageFault:
            raise UsageFault(str(config), f"the cases could not be played back:\n{said[-2000:]}") from None
        # A judge's canaries are results of no suite.
        _whole(Counter(str(one.status) for one in results if one.suite in suites), expected, config)
        return set(used.read_text("utf-8").split()) if used.exists() else set()


def _run(root: Path, options: Iterable[str]) -> str:
    """Play back in a process of its own. Gates that fail do not matter here."""
    gates = root.parent / "gates.yaml"
    more = [f"--eval-gates={gates}"] if gates.is_file() else []
    command = [sys.executable, "-m", "pytest", "-q", "-p", "evalsuites.harness.plugin", str(root)]
    environment = {**os.environ, "PYTEST_ADDOPTS": ""}
    done = subprocess.run(  # noqa: S603 - no shell in between
        [*command, *options, *more], capture_output=True, text=True, check=False, env=environment
    )
    return done.stdout + done.stderr


def _whole(counts: Mapping[str, int], expected: int, config: Path) -> None:
    seen, good = sum(counts.values()), counts.get("ok", 0) + counts.get("skipped", 0)
    if seen != expected:
        raise UsageFault(str(config), f"only {seen} of {expected} results came: the selection was narrowed")
    if good != expected:
        others = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()) if number)
        raise UsageFault(str(config), f"not every case was answered ({others}): record what is missing first")


def _kept(recordings: Path) -> Iterator[tuple[Path, str]]:
    """Every recording and its key. What is called otherwise is not ours to remove."""
    for path in sorted(recordings.rglob("*.json")):
        name = _NAME.fullmatch(path.relative_to(recordings).as_posix())
        if name:
            yield path, name[1]
