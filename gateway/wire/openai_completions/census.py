"""What is read of each field of completions."""

from collections.abc import Mapping

from gateway.wire.endpoint import Direction

_REQUEST = """
    prompt                                              text            tokens
    suffix                                              text
    stop                                                metadata
    user                                                metadata
    best_of                                             control
    echo                                                control
    frequency_penalty                                   control
    logit_bias                                          control
    logprobs                                            control
    max_tokens                                          control
    model                                               control
    n                                                   control
    presence_penalty                                    control
    seed                                                control
    stream                                              control
    stream_options                                      control
    temperature                                         control
    top_p                                               control
"""

_RESPONSE = """
    choices/*/text                                      text
    choices/*/logprobs/tokens                           metadata
    choices/*/logprobs/top_logprobs                     alternative
    choices/*/logprobs                                  control
    choices/*/finish_reason                             control
    choices/*/index                                     control
    id                                                  control
    object                                              control
    created                                             control
    model                                               control
    system_fingerprint                                  control
    usage                                               control
"""

CENSUS: Mapping[Direction, str] = {
    "request": _REQUEST,
    "response": _RESPONSE,
    "stream": _RESPONSE + "    error metadata\n",
}
