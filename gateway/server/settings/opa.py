"""``[policy.opa]``: a server that evaluates the rules."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.server.settings.section import Positive, Seconds, Section


class OpaSettings(Section):
    """``[policy.opa]``: the OPA that is asked where ``policy.engine`` is ``opa``."""

    url: Annotated[str, Field(pattern=r"^https?://[^/?#]+[^?#]*$")] = "http://127.0.0.1:8181"
    package: Annotated[str, Field(pattern=r"^\w+(\.\w+)*$")] = "lictor"
    """The package below which ``request``, ``response`` and ``plan`` are."""

    bundle: str = ""
    """Name of the bundle whose revision counts, where OPA has several."""

    revision: Annotated[str, Field(pattern=r"^([!-~]{1,256})?$")] = ""
    """The revision of policies that are pushed by hand; without one, an OPA without a bundle is a fault."""

    timeout_ms: Positive = 500
    """How long one question may take, waiting for its turn included."""

    fail: Literal["closed", "open"] = "closed"
    """What a question without an answer means."""

    failures: Positive = 5
    """So many in a row, and OPA is not asked for ``cooldown_s``."""

    cooldown_s: Seconds = 5.0
    connections: Positive = 16
    """Questions at a time, in each worker."""

    queue: Positive = 256
    """Questions that may wait for their turn; one more is a fault."""

    wait_s: Annotated[float, Field(ge=0)] = 10.0
    """How long a start waits for OPA; then the gateway serves all the same, by ``fail``."""

    token_env: str = ""
    """Variable with the bearer token."""

    ca: str = ""
    cert: str = ""
    key: str = ""
