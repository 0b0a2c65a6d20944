"""Gemini's list of models."""

from typing import Final

from gateway.wire.dialect import Dialect
from gateway.wire.endpoint import Endpoint
from gateway.wire.envelopes import GeminiErrors
from gateway.wire.gemini_generate.paths import below_versions
from gateway.wire.listing import CENSUS, Listing


class GeminiModels(GeminiErrors, Listing):
    """``GET /v1beta/models`` and ``GET /v1beta/models/{model}``."""

    __slots__ = ()
    name: Final = "gemini_models"
    family: Final = "gemini"


DIALECT: Final[Dialect] = GeminiModels()

ENDPOINTS: Final = tuple(
    Endpoint(name, "GET", below_versions(path), DIALECT, body="none", model="none", census=CENSUS)
    for name, path in (("gemini.models.list", "/models"), ("gemini.models.get", "/models/{id...}"))
)
