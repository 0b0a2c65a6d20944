"""What is read of each field of chat completions."""

from collections.abc import Mapping

from gateway.wire.endpoint import Direction

MESSAGE = """
    {0}/content/*<text>/text                            text|system|tool_result
    {0}/content/*<refusal>/refusal                      refusal
    {0}/content/*<image_url>/image_url/url              metadata
    {0}/content/*<input_audio>/input_audio              audio
    {0}/content/*<file>/file/file_data                  file
    {0}/content/*<file>/file/filename                   metadata
    {0}/content/*/*                                     control
    {0}/content                                         text|system|tool_result
    {0}/name                                            name
    {0}/refusal                                         refusal
    {0}/reasoning                                       reasoning
    {0}/reasoning_content                               reasoning
    {0}/reasoning_details/**/signature                  signature
    {0}/reasoning_details/**/data                       encrypted
    {0}/reasoning_details                               reasoning
    {0}/function_call/name                              name
    {0}/function_call/arguments                         tool_arguments
    {0}/tool_calls/*/function/name                      name
    {0}/tool_calls/*/function/arguments                 tool_arguments
    {0}/tool_calls/*/custom/name                        name
    {0}/tool_calls/*/custom/input                       tool_arguments
    {0}/tool_calls/*                                    control
    {0}/tool_call_id                                    control
    {0}/audio/transcript                                text
    {0}/audio/data                                      audio
    {0}/audio                                           control
    {0}/annotations                                     metadata
    {0}/role                                            control
"""

_REQUEST = (
    MESSAGE.format("messages/*")
    + """
    tools/*/function/name                               name
    tools/*/custom/name                                 name
    tools/*                                             tool_definition
    functions/*/name                                    name
    functions/*                                         tool_definition
    prediction/content                                  text
    prediction/type                                     control
    response_format                                     metadata
    stop                                                metadata
    user                                                metadata
    metadata                                            metadata
    safety_identifier                                   metadata
    prompt_cache_key                                    metadata
    web_search_options                                  metadata
    audio                                               control
    frequency_penalty                                   control
    function_call                                       control
    logit_bias                                          control
    logprobs                                            control
    max_completion_tokens                               control
    max_tokens                                          control
    modalities                                          control
    model                                               control
    moderation                                          control
    n                                                   control
    parallel_tool_calls                                 control
    presence_penalty                                    control
    prompt_cache_options                                control
    prompt_cache_retention                              control
    reasoning_effort                                    control
    seed                                                control
    service_tier                                        control
    store                                               control
    stream                                              control
    stream_options                                      control
    temperature                                         control
    tool_choice                                         control
    top_logprobs                                        control
    top_p                                               control
    verbosity                                           control
"""
)

_AROUND = """
    choices/*/logprobs/*/*/top_logprobs                 alternative
    choices/*/logprobs/*/*/token                        metadata
    choices/*/logprobs                                  control
    choices/*/finish_reason                             control
    choices/*/index                                     control
    id                                                  control
    object                                              control
    created                                             control
    model                                               control
    moderation                                          control
    service_tier                                        control
    system_fingerprint                                  control
    usage                                               control
"""

_RESPONSE = MESSAGE.format("choices/*/message") + _AROUND
_STREAM = (
    MESSAGE.format("choices/*/delta")
    + _AROUND
    + """
    obfuscation                                         control
    error                                               metadata
"""
)

CENSUS: Mapping[Direction, str] = {"request": _REQUEST, "response": _RESPONSE, "stream": _STREAM}
