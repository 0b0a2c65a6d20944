"""Where signed statements about a file or folder lie: beside it, for it may be signed itself."""

from pathlib import Path
from typing import Final

SUFFIX: Final = ".intoto.jsonl"
"""One envelope a line, as in-toto calls a bundle of them."""


def beside(path: Path) -> Path:
    """The file with statements about this file or folder."""
    return path.with_name(path.name + SUFFIX)
