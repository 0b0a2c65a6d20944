"""What is read of each field of TGI's generate."""

from collections.abc import Mapping
from typing import Final

from gateway.wire.endpoint import Direction

_REQUEST = """
    inputs                                              text
    parameters/stop                                     metadata
    parameters/grammar                                  metadata
    parameters                                          control
    stream                                              control
"""

_DETAILS = """
    {0}details/prefill/*/text                           metadata
    {0}details/tokens/*/text                            metadata
    {0}details/best_of_sequences/*/generated_text       text
    {0}details/best_of_sequences/*/prefill/*/text       metadata
    {0}details/best_of_sequences/*/tokens/*/text        metadata
    {0}details/best_of_sequences/*/top_tokens           alternative
    {0}details/top_tokens                               alternative
    {0}details                                          control
"""

_RESPONSE = (
    """
    generated_text                                      text
    */generated_text                                    text
"""
    + _DETAILS.format("")
    + _DETAILS.format("*/")
)

_STREAM = """
    token/text                                          text
    token                                               control
    top_tokens                                          alternative
    generated_text                                      text
    index                                               control
    error                                               metadata
    error_type                                          control
""" + _DETAILS.format("")

CENSUS: Final[Mapping[Direction, str]] = {"request": _REQUEST, "response": _RESPONSE, "stream": _STREAM}
