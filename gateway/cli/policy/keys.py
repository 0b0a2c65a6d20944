"""What the commands around keys and signatures share."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.core.errors import ConfigError

if TYPE_CHECKING:
    from gateway.policy.keyring import Private

KEY_ID = click.option("--key-id", required=True, help="The name by which verifiers know the key.")
SCOPE = click.option("--scope", default="", help="What the signature is for, where verifiers ask for it.")


def private_key(path: Path | None, variable: str | None) -> "Private":
    """The signing key, from a file or from a variable that holds its PEM. Raises ConfigError."""
    from gateway.policy.keyring import parse_private, read_private

    if path is not None and variable is None:
        return read_private(path)
    if variable is not None and path is None:
        if not (pem := os.environ.get(variable)):
            raise ConfigError(f"the environment variable {variable} is not set")
        return parse_private(pem.encode(), variable)
    raise ConfigError("name the key's file or the variable that holds it, one of the two")
