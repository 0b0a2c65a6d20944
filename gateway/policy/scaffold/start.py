"""The folder that ``lictor policy init`` makes."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gateway.core.errors import ConfigError
from gateway.policy.scaffold.first_rule import BARE_PLAN, FILES, readme
from gateway.policy.scaffold.lock import Lock
from gateway.policy.scaffold.vendor import BASE, vendor


def start(target: Path, packs: Sequence[str], *, bare: bool) -> int:
    """Make a bundle in the folder ``target``, which must not be there or be empty; all of it or nothing.

    Returns how many files there are.

    Raises:
        ConfigError: the folder is in use, no such pack, or packs without what they build on.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigError(f"{target}: there is something already; nothing was written")
    if bare and packs:
        raise ConfigError("packs build on the baseline: leave out --bare, or the packs")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".lictor-init-") as folder:
        made = Path(folder) / "bundle"
        made.mkdir()
        _fill(made, packs, bare=bare)
        if target.exists():
            target.rmdir()
        shutil.move(made, target)
    return sum(path.is_file() for path in target.rglob("*"))


def _fill(root: Path, packs: Sequence[str], *, bare: bool) -> None:
    lock = Lock()
    for name in () if bare else (*BASE, *dict.fromkeys(packs)):
        vendor(root, name, lock)
    files = {**FILES, **(BARE_PLAN if bare else {}), "README.md": readme(packs, bare=bare)}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    if not bare:
        lock.write(root)
