"""``[[upstreams]]`` and ``[[routes]]``: where calls go."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.providers.upstream import Dialect
from gateway.server.settings.section import Seconds, Section


class AwsSettings(Section):
    """``aws`` of an upstream: requests are signed, in place of a key."""

    region: str
    access_key_id_env: str = "AWS_ACCESS_KEY_ID"
    secret_access_key_env: str = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - a variable's name
    session_token_env: str = ""


class UpstreamSettings(Section):
    """``[[upstreams]]``"""

    name: str
    dialect: Dialect
    """What it speaks; ``azure`` is OpenAI's with Azure's paths and credentials."""

    base_url: str
    key_env: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    connect_timeout_s: Seconds = 5.0
    read_timeout_s: Seconds = 600.0
    total_timeout_s: Annotated[float, Field(ge=0)] = 0.0
    retries: Annotated[int, Field(ge=0, le=5)] = 1
    models: dict[str, str] = Field(default_factory=dict)
    """The caller's model name to the name that this upstream knows."""

    api_version: str = ""
    """For ``azure``: the ``api-version`` where the caller brings none."""

    aws: AwsSettings | None = None
    """For ``bedrock``: what signs its requests, in place of ``key_env``."""


class RouteSettings(Section):
    """``[[routes]]``"""

    model: str
    upstreams: tuple[str, ...]
    tenants: tuple[str, ...] = ()
    audit: Literal["required", "best_effort"] = "required"
    """``best_effort`` lets exchanges go on whose records cannot be made durable; the log tells later."""
