"""Where the bundle that ships with the gateway lies."""

from pathlib import Path

import gateway


def baseline() -> Path:
    """The baseline bundle: inside an installed package, or beside the sources in a checkout."""
    package = Path(gateway.__file__).parent
    installed = package / "_policies" / "baseline"
    return installed if installed.is_dir() else package.parent / "policies" / "baseline"
