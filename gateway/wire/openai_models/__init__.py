"""OpenAI's list of models."""

from typing import Final

from gateway.wire.dialect import Dialect
from gateway.wire.envelopes import OpenAIErrors
from gateway.wire.listing import Listing


class OpenAIModels(OpenAIErrors, Listing):
    """``GET /v1/models`` and ``GET /v1/models/{id}``."""

    __slots__ = ()
    name: Final = "openai_models"
    family: Final = "openai"


DIALECT: Final[Dialect] = OpenAIModels()
