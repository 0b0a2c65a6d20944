"""``[policy.require_gate]``, ``[classifiers.require_gate]``: what must have passed before it may decide."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.server.settings.keys import KeySettings
from gateway.server.settings.section import Section


class GateKeySettings(KeySettings):
    """``[[policy.require_gate.keys]]``: public keys of those who may say that gates hold."""


class GateSettings(Section):
    """``[policy.require_gate]``: a bundle needs a signed statement that it passed its gates."""

    keys: Annotated[tuple[GateKeySettings, ...], Field(min_length=1)]
    gates: tuple[str, ...] = ()
    """Gates that must be among those that passed; without any, the run as a whole is enough."""

    max_age_days: Annotated[float, Field(gt=0)] | None = None
    """How long ago the run may have ended. It is asked at every start, too: renew statements in time."""

    allow_warned: bool = False
    """Whether a run counts that left gates open which do not block."""

    statements: tuple[Path, ...] = ()
    """More files with statements (``.intoto.jsonl``), beside those that lie with the bundle or manifest."""
