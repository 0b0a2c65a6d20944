"""Where the bundle that ships with the gateway lies."""

from pathlib import Path

import gateway


def baseline() -> Path:
    """The baseline bundle: inside an installed package, or beside the sources in a checkout."""
    return shipped() / "baseline"


def shipped() -> Path:
    """The folder of all policies that ship with the gateway."""
    package = Path(gateway.__file__).parent
    installed = package / "_policies"
    return installed if (installed / "baseline").is_dir() else package.parent / "policies"
