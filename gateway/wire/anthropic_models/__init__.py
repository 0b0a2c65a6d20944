"""Anthropic's list of models."""

from typing import Final

from gateway.wire.dialect import Dialect
from gateway.wire.endpoint import Endpoint, v1
from gateway.wire.envelopes import AnthropicErrors
from gateway.wire.listing import CENSUS, Listing


class AnthropicModels(AnthropicErrors, Listing):
    """``GET /v1/models`` and ``GET /v1/models/{id}``."""

    __slots__ = ()
    name: Final = "anthropic_models"
    family: Final = "anthropic"


DIALECT: Final[Dialect] = AnthropicModels()

ENDPOINTS: Final = tuple(
    Endpoint(name, "GET", v1(path), DIALECT, body="none", model="none", census=CENSUS)
    for name, path in (("anthropic.models.list", "/models"), ("anthropic.models.get", "/models/{id...}"))
)
