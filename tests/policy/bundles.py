"""Every bundle that can be made of what ships: the baseline, and each pack laid over it."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gateway.policy.bundle import load
from gateway.policy.probe import Probe
from gateway.policy.suite import Result, suite

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "policies"
PARTS = ("data.json", "lictor", "settings")
"""What of a shipped folder belongs into a bundle."""


def packs() -> list[str]:
    """Names of the packs that there are."""
    return sorted(path.name for path in POLICIES.glob("packs/*") if (path / "lictor").is_dir())


def lay(target: Path, names: Sequence[str] = ()) -> Path:
    """The baseline, the library if there is one, and packs over each other in a folder."""
    for source in (POLICIES / "baseline", POLICIES / "lib", *(POLICIES / "packs" / name for name in names)):
        for part in PARTS:
            if (found := source / part).is_dir():
                shutil.copytree(found, target / part, dirs_exist_ok=True)
            elif found.is_file():
                target.mkdir(parents=True, exist_ok=True)
                shutil.copy(found, target / part)
    return target


def run_tests(root: Path, pattern: str = "") -> list[Result]:
    """How the ``test_`` rules of a bundle fare, its cases apart."""
    whole = suite(root, pattern)
    rego = replace(whole, tests=tuple(test for test in whole.tests if test.kind == "rego"))
    return list(rego.run(Probe(load(root), rego.modules)))
