"""``[vault]`` and ``[retention]``: what is kept beside the log, and how long."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.server.settings.section import Section


class VaultSettings(Section):
    """``[vault]``: bodies that a plan lets in with ``record_content``, encrypted under their holder's key."""

    enabled: bool = False
    path: Path = Path("var/vault")
    keys: Path = Path("var/vault.keys")
    """Folder of the key store; back it up apart from the vault."""

    subjects: tuple[Annotated[str, Field(pattern=r"^(attributes|body)\.[\w.-]{1,64}$")], ...] = ()
    """What names the person that a call is about: ``attributes.patient``, ``body.user``. A call that
    names none is kept under the key of its tenant's day."""

    retention: str = ""
    """Retention class of the bodies, if it is not that of their records."""


class RetentionSettings(Section):
    """``[retention]``: how long what stays, by the names of classes."""

    default: str = "ai-act-6m"
    classes: dict[str, str] = Field(default_factory=dict)
    """More classes: a name and a period such as ``90d``, ``18m`` or ``7y``."""

    routes: dict[str, str] = Field(default_factory=dict)
    """By the pattern of a route."""

    types: dict[str, str] = Field(default_factory=dict)
    """By the type of a record."""
