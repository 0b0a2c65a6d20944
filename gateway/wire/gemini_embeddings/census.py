"""What is read of each field of Gemini's embeddings."""

from collections.abc import Mapping
from typing import Final

from gateway.wire.endpoint import Direction
from gateway.wire.gemini_generate.census import PARTS

_ONE = (
    PARTS.format("{0}content")
    + """
    {0}title                                            metadata
    {0}model                                            control
    {0}taskType                                         control
    {0}outputDimensionality                             control
    {0}autoTruncate                                     control
    {0}documentOcr                                      control
    {0}audioTrackExtraction                             control
    {0}mimeType                                         control
    {0}embedContentConfig                               control
"""
)

_RESPONSE = """
    embedding                                           control
    embeddings                                          control
    metadata                                            control
    truncated                                           control
    usageMetadata                                       control
"""

ONE: Final[Mapping[Direction, str]] = {"request": _ONE.format(""), "response": _RESPONSE}
BATCH: Final[Mapping[Direction, str]] = {"request": _ONE.format("requests/*/"), "response": _RESPONSE}
