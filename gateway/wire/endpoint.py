"""One operation of a provider, as the endpoint table describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateway.wire.dialect import Dialect
from gateway.wire.path import Template

Method = Literal["GET", "POST", "DELETE"]

BodyKind = Literal["json", "multipart", "raw", "none"]
"""What a request carries: a JSON object, a form with files, bytes of another kind, or nothing."""

ModelPlace = Literal["body", "optional", "path", "none"]
"""Where the model's name stands: in the body's ``model``, there if anywhere, in the path's part of
that name, or nowhere: then the caller's own family of upstreams is asked."""

Direction = Literal["request", "response", "stream"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation."""

    name: str
    method: str
    paths: tuple[Template, ...]
    """Every way to spell its path, the provider's own first."""

    dialect: Dialect
    generative: bool = False
    """Whether a model answers."""

    body: BodyKind = "json"
    model: ModelPlace = "body"
    census: Mapping[Direction, str] = field(default_factory=dict)
    """What is read of each field (see :mod:`gateway.wire.census`)."""


def v1(rest: str) -> tuple[Template, ...]:
    """The one path of an operation below ``/v1``."""
    return (Template("/v1", rest),)
