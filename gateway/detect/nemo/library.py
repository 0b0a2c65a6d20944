"""NeMo's library, offline and silent.

By itself it reports its use to its makers, logs the texts that it judges, and runs an ``actions`` module
that it finds in the working directory. Whoever uses it here comes through ``library()``.
"""

import importlib
import logging
import os
from pathlib import Path
from types import ModuleType

from gateway.core.errors import ConfigError


def library() -> ModuleType:
    """The package ``nemoguardrails``. Importing it takes seconds, once.

    Raises:
        ConfigError: it is not installed, or would run what stands in the working directory.
    """
    _refuse_bystanders(Path.cwd())
    os.environ["NEMO_GUARDRAILS_NO_USAGE_STATS"] = "1"
    _muffle("nemoguardrails")
    try:
        return importlib.import_module("nemoguardrails")
    except ImportError as error:
        raise ConfigError(f"rails need the extra `nemo`: {error}") from None


def _refuse_bystanders(folder: Path) -> None:
    for name in ("actions.py", "actions"):
        if (folder / name).exists():
            raise ConfigError(
                f"{folder / name}: NeMo would run this, since it stands in the working directory; "
                "start the gateway elsewhere"
            )


def _muffle(name: str) -> None:
    logger = logging.getLogger(name)
    if logger.propagate:
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
