"""``lictor evals prune``."""

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import click

from evalsuites.commands.common import FOLDER, HERE, SUITES, faults, suites_in
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.gates.gate import Budget
from evalsuites.harness.judging.bench import Bench
from evalsuites.harness.judging.calibration import labels_of
from evalsuites.harness.judging.labels import load_labels
from evalsuites.harness.judging.metric import Judged
from evalsuites.harness.judging.profile import Profile
from evalsuites.harness.metrics.registry import metric_of
from evalsuites.harness.options import Options, target_of
from evalsuites.harness.reporting.run import read
from evalsuites.harness.spending import Spending
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

    All cases of all suites are played back once for each settings file, as are their judges' labels;
    what was not needed is left over. Refused where cases or labels were left out, or could not be answered:
    their recordings would seem unused.
    """
    with faults():
        _refuse_a_part(root, configs, recordings)
        used = {key for config in configs or _SHIPPED for key in _used(root, config, recordings)}
        used |= _labels(root, configs or _SHIPPED, recordings)
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


def _labels(root: Path, configs: Sequence[Path], recordings: Path) -> set[str]:
    """The keys of what judges said of their labels, which are played back by ``lictor evals calibrate``.

    Raises:
        UsageFault: with no settings file the judge answers for all of its labels.
    """
    found: set[str] = set()
    for profile in _judges(root):
        heard = [_heard(profile, config, recordings) for config in configs]
        if not any(whole for whole, _ in heard):
            raise UsageFault(str(profile.file), "not every label was answered: record what is missing first")
        found |= {key for _, keys in heard for key in keys}
    return found


def _judges(root: Path) -> Iterator[Profile]:
    """The judges of the suites that have labels."""
    uses = [(suite, use) for suite in suites_in(root).values() for use in suite.metrics]
    metrics = [metric_of(use, str(suite.root / FILE), suite.root) for suite, use in uses]
    profiles = {one.profile.file: one.profile for one in metrics if isinstance(one, Judged)}
    return (one for one in profiles.values() if labels_of(one).is_file())


def _heard(profile: Profile, config: Path, recordings: Path) -> tuple[bool, set[str]]:
    """Whether every label was answered, and what was played back for it."""
    with tempfile.TemporaryDirectory() as folder:
        used = Path(folder, "used")
        options = Options(
            "replay-or-fail", HERE, "", config, config, HERE, recordings, None, 120.0, used=used
        )
        with ExitStack() as stack:
            bench = Bench(cache(lambda: target_of(options, stack)), Spending(Budget(), {}))
            rows = load_labels(labels_of(profile), profile).rows
            said = [bench.judge(profile, row.subject).verdict for row in rows]
        keys = set(used.read_text("utf-8").split()) if used.exists() else set[str]()
        return "unmeasured" not in said, keys


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
