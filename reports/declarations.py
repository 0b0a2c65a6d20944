"""What an operator declares, in a YAML file: nothing that a log could know."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import yaml

from gateway.core.errors import ConfigError
from reports.model import Input

TEXTS = frozenset({"controller", "representative", "officer", "subjects", "erasure", "measures"})
TABLES = frozenset({"purposes", "countries"})
"""``purposes`` by tenant, ``countries`` by upstream."""


def declared(path: Path) -> tuple[Mapping[str, object], Input]:
    """The declarations of a file and the file's digest. Raises ConfigError."""
    try:
        raw = path.read_bytes()
        found = yaml.safe_load(raw)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: expected keys and values")
    for name, value in found.items():
        _check(path, str(name), value)
    return found, Input("operator's declarations", f"sha256:{hashlib.sha256(raw).hexdigest()}")


def _check(path: Path, name: str, value: object) -> None:
    if name in TEXTS:
        if not isinstance(value, str):
            raise ConfigError(f"{path}: `{name}` must be text")
    elif name in TABLES:
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise ConfigError(f"{path}: `{name}` must be names and texts")
    else:
        raise ConfigError(f"{path}: unknown key `{name}`; there are {', '.join(sorted(TEXTS | TABLES))}")
