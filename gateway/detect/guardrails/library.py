"""Guardrails' library, made to keep to itself.

By itself it tells its makers of every use of a guard and of a validator, reads switches for that from a file
in the home directory each time that a guard is made, may infer on a server of theirs, replaces the
process's event loop policy, and logs what it validates. Whoever uses it here comes through ``library()``.
"""

import importlib
import logging
import os
from types import ModuleType
from typing import Any


def library() -> ModuleType:
    """The package ``guardrails``. Importing it takes seconds, once.

    Raises:
        ImportError: it is not installed.
    """
    os.environ["GUARDRAILS_RUN_SYNC"] = "true"
    package = importlib.import_module("guardrails")
    _silence(importlib.import_module("guardrails.classes.rc").RC)
    settings = importlib.import_module("guardrails.settings").settings
    settings.rc, settings.use_server, settings.disable_tracing = quiet(), False, True
    guards: Any = importlib.import_module("guardrails.guard")
    guards.GuardrailsApiClient = _nobody
    # Its log quotes the texts that it judges, and keeps every entry in memory for good.
    logging.getLogger("guardrails-ai").disabled = True
    return package


def _nobody(**_: object) -> None:
    """In place of the client of a server that no guard asks here; making one costs 80 ms, for each guard."""


def quiet(*_: object) -> Any:  # noqa: ANN401 - Guardrails comes untyped
    """Its switches, all off; whatever the file in the home directory says."""
    kind = importlib.import_module("guardrails.classes.rc").RC
    return kind(enable_metrics=False, use_remote_inferencing=False)


def _silence(switches: Any) -> None:  # noqa: ANN401 - as above
    """Making a guard reads the file again, so a switch set once would not stay."""
    switches.load = staticmethod(quiet)
