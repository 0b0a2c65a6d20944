"""What is read of each field of messages."""

from collections.abc import Mapping

from gateway.wire.endpoint import Direction

_BLOCKS = """
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

_REQUEST = (
    _BLOCKS.format("messages/*/content/*")
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

_AROUND = """
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

_RESPONSE = _BLOCKS.format("content/*") + _AROUND

_STREAM = (
    _BLOCKS.format("content_block")
    + _BLOCKS.format("message/content/*")
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

CENSUS: Mapping[Direction, str] = {"request": _REQUEST, "response": _RESPONSE, "stream": _STREAM}
COUNTED: Mapping[Direction, str] = {"request": _REQUEST, "response": "* control"}
