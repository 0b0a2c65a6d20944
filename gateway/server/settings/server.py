"""``[server]``: where the gateway listens, and how much it reads."""

from typing import Annotated

from pydantic import Field

from gateway.server.settings.section import MIB, Positive, Section


class ServerSettings(Section):
    """``[server]``"""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 4000
    workers: Positive = 1
    body_limit_bytes: Positive = 32 * MIB
    """Largest request body; a larger one is refused with 413."""

    response_limit_bytes: Positive = 64 * MIB
    """Largest response body that is read whole to be checked."""

    upstream_proxy: bool = False
    """Reach upstreams through the proxy that the environment names (``HTTPS_PROXY``, ``NO_PROXY``)."""

    admin_key_env: str = ""
    """Variable with the bearer key of the admin API; without one it answers loopback only."""

    access_log: bool = True

    digest_key_env: str = ""
    """Variable with the key of keyed digests and placeholders, 64 hexadecimal digits, the same on all
    replicas. Without one the key is a file beside the audit log."""
