"""The fields of a question, and whether their text is read."""

from typing import Final

REQUEST: Final = """
    texts                                               text|system|tool_result
    tools                                               tool_definition
    tool_calls/*/function/name                          name
    tool_calls/*/function/arguments                     tool_arguments
    tool_calls/*                                        control
    structured_messages/*/content/*<image_url>/image_url/url    metadata
    structured_messages/*/content/*<input_audio>/input_audio    audio
    structured_messages/*/content/*<file>/file/file_data        file
    structured_messages/*/content/*<file>/file/filename         metadata
    structured_messages/*/content/*/text                text|system|tool_result
    structured_messages/*/content/*/*                   control
    structured_messages/*/content                       text|system|tool_result
    structured_messages/*/name                          name
    structured_messages/*/tool_calls/*/function/name    name
    structured_messages/*/tool_calls/*/function/arguments       tool_arguments
    structured_messages/*/tool_calls/*                  control
    structured_messages/*/tool_call_id                  control
    structured_messages/*/role                          control
    structured_messages/*                               metadata
    images                                              image
    input_type                                          asker
    model                                               asker
    litellm_call_id                                     asker
    litellm_trace_id                                    asker
    litellm_version                                     asker
    request_data                                        asker
    request_headers                                     asker
    additional_provider_specific_params                 asker
"""
