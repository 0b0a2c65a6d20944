"""The coverage census: each field of each endpoint, and whether its text is read.

A field is a path of names; ``*`` is any one name or position, ``**`` any number of them, and
``<image>`` behind a part says which ``type`` it has. The first line that fits a field is the one
that counts, and it speaks for everything below the field. Behind the path stands the kind of the
segments, or the reason why there are none:

control     steers and does not speak: an identifier, an enumeration, a model's name. Read all the
            same (as ``metadata``) where it holds more than one plain word
image, audio, file
            cannot be read here; listed as unscanned with every exchange that has one
encrypted   the provider's own secret; listed as unscanned likewise
signature   the provider's own proof or handle, beside a text that is read
credential  meant for the provider, and for nobody else
alternative a token that the model did not choose
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from gateway.core.segment import Kind

Direction = Literal["request", "response", "stream"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One field."""

    endpoint: str
    direction: Direction
    field: str
    scanned: bool
    kind: str
    """The kinds of its segments (``|`` between them); empty where it is not scanned."""

    reason: str
    """Why it is not scanned; empty where it is."""


_OPENAI_MESSAGE = """
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

_OPENAI_REQUEST = (
    _OPENAI_MESSAGE.format("messages/*")
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

_OPENAI_AROUND = """
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

_OPENAI_RESPONSE = _OPENAI_MESSAGE.format("choices/*/message") + _OPENAI_AROUND
_OPENAI_STREAM = (
    _OPENAI_MESSAGE.format("choices/*/delta")
    + _OPENAI_AROUND
    + """
    obfuscation                                         control
    error                                               metadata
"""
)

_ANTHROPIC_BLOCKS = """
    {0}/**/cache_control                                control
    {0}/**/signature                                    signature
    {0}<redacted_thinking>/data                         encrypted
    {0}/**/encrypted_content                            encrypted
    {0}/**/encrypted_stdout                             encrypted
    {0}/**/encrypted_index                              signature
    {0}<mcp_tool_listing>                               tool_definition
    {0}<tool_addition>/tool                             tool_definition
    {0}<tool_removal>/tool                              tool_definition
    {0}<compaction>/tool_changes                        tool_definition
    {0}<fallback>                                       control
    {0}/**/caller                                       control
    {0}/**/type                                         control
    {0}/**/citations                                    metadata|tool_result
    {0}/**/source<text>/data                            text|system|tool_result
    {0}/**/source/data                                  file
    {0}/**/source/url                                   metadata
    {0}/**/source/file_id                               control
    {0}/**/source/media_type                            control
    {0}/**/source/content                               text|system|tool_result
    {0}/content/content/*/file_id                       file
    {0}<search_result>/source                           metadata
    {0}/**/*<search_result>/source                      metadata
    {0}/**/title                                        metadata|tool_result
    {0}/**/context                                      metadata|tool_result
    {0}<tool_reference>/tool_name                       name|tool_result
    {0}/**/*<tool_reference>/tool_name                  name|tool_result
    {0}<thinking>/thinking                              reasoning
    {0}<compaction>/content                             text
    {0}/input                                           tool_arguments
    {0}/name                                            name
    {0}/server_name                                     name
    {0}/toolset_name                                    name
    {0}/text                                            text|system|tool_result
    {0}/content                                         text|tool_result
    {0}/id                                              control
    {0}/tool_use_id                                     control
    {0}/file_id                                         control
    {0}/is_error                                        control
"""

_ANTHROPIC_REQUEST = (
    _ANTHROPIC_BLOCKS.format("messages/*/content/*")
    + """
    messages/*/content                                  text|system
    messages/*/role                                     control
    messages/*/clear_at                                 control
    messages/*/output_config                            metadata
    system/*/cache_control                              control
    system/*/type                                       control
    system/**/encrypted_index                           signature
    system/*/citations                                  metadata
    system                                              system
    tools/*/name                                        name
    tools/*/mcp_server_name                             name
    tools/*/type                                        control
    tools/*/cache_control                               control
    tools/*                                             tool_definition
    mcp_servers/*/authorization_token                   credential
    mcp_servers/*/name                                  name
    mcp_servers/*/type                                  control
    mcp_servers                                         metadata
    fallback_credit_token                               credential
    metadata                                            metadata
    output_config                                       metadata
    output_format                                       metadata
    stop_sequences                                      metadata
    betas                                               control
    billing_policy                                      control
    cache_control                                       control
    compaction                                          control
    container                                           control
    context_management                                  control
    diagnostics                                         control
    fallbacks                                           control
    inference_geo                                       control
    max_tokens                                          control
    model                                               control
    service_tier                                        control
    speed                                               control
    stream                                              control
    temperature                                         control
    thinking                                            control
    thread                                              control
    tool_choice                                         control
    top_k                                               control
    top_p                                               control
    user_profile_id                                     control
    workspace_id                                        control
"""
)

_ANTHROPIC_AROUND = """
    container                                           control
    context_management                                  control
    diagnostics                                         control
    id                                                  control
    input_transformations                               control
    model                                               control
    role                                                control
    stop_details                                        control
    stop_reason                                         control
    stop_sequence                                       metadata
    type                                                control
    usage                                               control
"""

_ANTHROPIC_RESPONSE = _ANTHROPIC_BLOCKS.format("content/*") + _ANTHROPIC_AROUND

_ANTHROPIC_STREAM = (
    _ANTHROPIC_BLOCKS.format("content_block")
    + _ANTHROPIC_BLOCKS.format("message/content/*")
    + """
    delta/text                                          text
    delta/partial_json                                  tool_arguments
    delta/thinking                                      reasoning
    delta/signature                                     signature
    delta/citation/encrypted_index                      signature
    delta/citation                                      metadata
    delta/content                                       text
    delta/encrypted_content                             encrypted
    delta/stop_sequence                                 metadata
    delta                                               control
    message/stop_sequence                               metadata
    message                                             control
    error                                               metadata
    context_management                                  control
    input_transformations                               control
    type                                                control
    index                                               control
    usage                                               control
"""
)

_LISTING = """
    **                                                  control
"""

_TABLES: Mapping[tuple[str, Direction], str] = {
    ("chat.completions", "request"): _OPENAI_REQUEST,
    ("chat.completions", "response"): _OPENAI_RESPONSE,
    ("chat.completions", "stream"): _OPENAI_STREAM,
    ("messages", "request"): _ANTHROPIC_REQUEST,
    ("messages", "response"): _ANTHROPIC_RESPONSE,
    ("messages", "stream"): _ANTHROPIC_STREAM,
    ("models.list", "response"): _LISTING,
    ("models.get", "response"): _LISTING,
    ("anthropic.models.list", "response"): _LISTING,
    ("anthropic.models.get", "response"): _LISTING,
}


@cache
def census() -> tuple[Entry, ...]:
    """Every declared field, in the order in which the lines count."""
    return tuple(
        _entry(endpoint, direction, *line.split())
        for (endpoint, direction), table in _TABLES.items()
        for line in table.splitlines()
        if line.strip()
    )


def _entry(endpoint: str, direction: Direction, path: str, word: str) -> Entry:
    scanned = set(word.split("|")) <= set(get_args(Kind))
    return Entry(endpoint, direction, path, scanned, word if scanned else "", "" if scanned else word)
