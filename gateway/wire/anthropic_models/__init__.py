"""Anthropic's list of models."""

from typing import Final

from gateway.wire.dialect import Dialect
from gateway.wire.envelopes import AnthropicErrors
from gateway.wire.listing import Listing


class AnthropicModels(AnthropicErrors, Listing):
    """``GET /v1/models`` and ``GET /v1/models/{id}``."""

    __slots__ = ()
    name: Final = "anthropic_models"
    family: Final = "anthropic"


DIALECT: Final[Dialect] = AnthropicModels()
