"""``[policy.decision_logs]`` and ``[policy.status]``: what is told to a service that speaks OPA's API."""

from typing import Annotated

from pydantic import Field

from gateway.server.settings.section import MIB, Positive, Seconds, Section


class DecisionLogSettings(Section):
    """``[policy.decision_logs]``: decisions as OPA reports them, to a service that speaks OPA's API."""

    service: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
    """URL of the service; events go to ``<service>/logs``. Without one nothing is sent."""

    token_env: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    delay_s: Seconds = 5.0
    """How long events are gathered before they are sent."""

    upload_bytes: Positive = 256 * 1024
    """About how large one upload may get, before it is compressed."""

    buffer_bytes: Positive = 16 * MIB
    """How much may wait, in each worker; beyond that the oldest events are dropped, and counted."""

    erase: tuple[Annotated[str, Field(pattern=r"^/(input|result|requested_by)(/|$)")], ...] = ()
    """JSON pointers to what is taken out of every event, such as ``/input/caller/attributes``."""


class StatusSettings(Section):
    """``[policy.status]``: status reports as OPA sends them."""

    service: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
    """URL of the service; reports go to ``<service>/status``. Without one nothing is sent."""

    token_env: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    interval_s: Seconds = 30.0
