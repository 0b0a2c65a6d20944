"""OpenAI's list of models."""

from typing import Final

from gateway.wire.dialect import Dialect
from gateway.wire.endpoint import Endpoint, v1
from gateway.wire.envelopes import OpenAIErrors
from gateway.wire.listing import CENSUS, Listing


class OpenAIModels(OpenAIErrors, Listing):
    """``GET /v1/models`` and ``GET /v1/models/{id}``."""

    __slots__ = ()
    name: Final = "openai_models"
    family: Final = "openai"


DIALECT: Final[Dialect] = OpenAIModels()

ENDPOINTS: Final = tuple(
    Endpoint(name, "GET", v1(path), DIALECT, body="none", model="none", census=CENSUS)
    for name, path in (("models.list", "/models"), ("models.get", "/models/{id...}"))
)
