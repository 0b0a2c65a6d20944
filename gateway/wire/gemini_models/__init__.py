"""Gemini's list of models."""

from typing import Final

from gateway.wire.dialect import Dialect
from gateway.wire.envelopes import GeminiErrors
from gateway.wire.listing import Listing


class GeminiModels(GeminiErrors, Listing):
    """``GET /v1beta/models`` and ``GET /v1beta/models/{model}``."""

    __slots__ = ()
    name: Final = "gemini_models"
    family: Final = "gemini"


DIALECT: Final[Dialect] = GeminiModels()
