"""Public keys whose signatures count."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from gateway.server.settings.section import Section


class KeySettings(Section):
    """One key, and when it is valid."""

    id: Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
    """As the signature names it."""

    path: str = ""
    """File with the public key in PEM: Ed25519, or ECDSA on P-256."""

    env: str = ""
    """Variable with the public key, in place of a file."""

    not_before: AwareDatetime | None = None
    not_after: AwareDatetime | None = None
