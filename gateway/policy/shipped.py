"""Where the policies that ship with the gateway lie: the baseline, the helper library, the packs.

A bundle is one folder, so whoever uses the library or a pack copies its folder into theirs: the folders are
laid out to lie over each other without a file of one hiding a file of another.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

import gateway
from gateway.core.errors import ConfigError

PARTS = ("data.json", "lictor", "settings")
"""What of a shipped folder belongs into a bundle."""


def baseline() -> Path:
    """The baseline bundle, which decides on its own."""
    return shipped() / "baseline"


def library() -> Path:
    """The helper library, ``data.lictor.lib``: what packs and rule authors build on."""
    return shipped() / "lib"


def packs() -> dict[str, Path]:
    """The policy packs by name, sorted. Each needs the baseline's folder and the library's beside it."""
    return {path.parent.name: path.parent for path in sorted((shipped() / "packs").glob("*/pack.yaml"))}


def pack(name: str) -> Path:
    """One pack, or ``ConfigError`` with the names that there are."""
    found = packs()
    if name not in found:
        raise ConfigError(f"there is no policy pack `{name}`; there are: {', '.join(found)}")
    return found[name]


def assemble(target: Path, names: Iterable[str] = ()) -> None:
    """Lay the baseline, the library and the packs of these names over each other in the folder ``target``.

    Only what decides or tests goes there. A pack's description and its cases stay behind: ``opa`` takes every
    YAML file of a folder for data, and those of two packs contradict each other. Raises ``ConfigError`` for a
    name that is no pack.
    """
    for source in (baseline(), library(), *map(pack, names)):
        for part in PARTS:
            if (found := source / part).is_dir():
                shutil.copytree(found, target / part, dirs_exist_ok=True)
            elif found.is_file():
                shutil.copy(found, target / part)


def shipped() -> Path:
    """Inside an installed package, or beside the sources in a checkout."""
    package = Path(gateway.__file__).parent
    installed = package / "_policies"
    return installed if installed.is_dir() else package.parent / "policies"
