"""``[[callers]]``: who may call."""

from pydantic import Field

from gateway.server.settings.section import Section


class CallerSettings(Section):
    """``[[callers]]``: who may call, by a key of the gateway's own."""

    id: str
    key_env: str = ""
    key_sha256: str = ""
    tenant: str = "default"
    app: str = ""
    roles: tuple[str, ...] = ()
    attributes: dict[str, str] = Field(default_factory=dict)
