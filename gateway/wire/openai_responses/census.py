"""What is read of each field of responses."""

from collections.abc import Mapping

from gateway.wire.endpoint import Direction

_PART = """
    {0}<input_image>/image_url                          metadata
    {0}<computer_screenshot>/image_url                  metadata
    {0}<input_file>/file_data                           file
    {0}<input_file>/file_url                            metadata
    {0}<input_file>/filename                            metadata
    {0}<input_audio>/input_audio                        audio
    {0}<output_text>/annotations                        metadata
    {0}<output_text>/logprobs/*/top_logprobs            alternative
    {0}<output_text>/logprobs/*/token                   metadata
    {0}<output_text>/logprobs                           control
    {0}<summary_text>/text                              reasoning
    {0}<reasoning_text>/text                            reasoning
    {0}<refusal>/refusal                                refusal
    {0}/text                                            text|system|tool_result
    {0}/*                                               control
"""

_TOOL = """
    {0}<mcp>/authorization                              credential
    {0}<mcp>/headers                                    credential
    {0}<mcp>/server_label                               name
    {0}<mcp>/server_url                                 metadata
    {0}<function>/name                                  name
    {0}<custom>/name                                    name
    {0}<namespace>/tools/*/name                         name
    {0}<namespace>/name                                 name
    {0}/**/domain_secrets/*/value                       credential
    {0}/**/source/data                                  file
    {0}/type                                            control
    {0}                                                 tool_definition
"""

_ITEM = (
    _PART.format("{0}/content/*")
    + _PART.format("{0}/summary/*")
    + _PART.format("{0}<function_call_output>/output/*")
    + _PART.format("{0}<custom_tool_call_output>/output/*")
    + _PART.format("{0}<computer_call_output>/output")
    + _TOOL.format("{0}/tools/*")
    + """
    {0}/content                                         text|system|tool_result
    {0}/encrypted_content                               encrypted
    {0}<image_generation_call>/result                   image
    {0}/**/type                                         control
    {0}/arguments                                       tool_arguments
    {0}/input                                           tool_arguments
    {0}/queries                                         tool_arguments
    {0}/results/*/file_id                               control
    {0}/results                                         tool_result
    {0}/action                                          tool_arguments
    {0}/actions                                         tool_arguments
    {0}/code                                            tool_arguments
    {0}/outputs/*<image>/url                            metadata
    {0}/outputs                                         tool_result
    {0}/environment/**/domain_secrets/*/value           credential
    {0}/environment/**/source/data                      file
    {0}/environment                                     tool_definition
    {0}/operation                                       tool_arguments
    {0}/output                                          tool_result
    {0}/result                                          tool_result
    {0}<mcp_call>/error                                 tool_result
    {0}/error                                           metadata
    {0}/reason                                          text
    {0}/pending_safety_checks                           tool_arguments
    {0}/acknowledged_safety_checks                      tool_result
    {0}/name                                            name
    {0}/server_label                                    name
    {0}<item_reference>/id                              control           history_unseen
    {0}/*                                               control
"""
)

_CONTROL = """
    background                                          control
    context_management                                  control
    include                                             control
    max_output_tokens                                   control
    max_tool_calls                                      control
    model                                               control
    moderation                                          control
    parallel_tool_calls                                 control
    prompt_cache_options                                control
    prompt_cache_retention                              control
    reasoning                                           control
    service_tier                                        control
    store                                               control
    stream                                              control
    stream_options                                      control
    temperature                                         control
    tool_choice                                         control
    top_logprobs                                        control
    top_p                                               control
    truncation                                          control
"""

_PROMPT = (
    """
    {0}prompt/id                                        control           template_unseen
    {0}prompt/version                                   control
"""
    + _PART.format("{0}prompt/variables/*")
    + """
    {0}prompt/variables                                 text
"""
)

_TOLD = """
    {0}text/verbosity                                   control
    {0}text                                             metadata
    {0}metadata                                         metadata
    {0}user                                             metadata
    {0}safety_identifier                                metadata
    {0}prompt_cache_key                                 metadata
"""

_REQUEST = (
    _ITEM.format("input/*")
    + _TOOL.format("tools/*")
    + _PROMPT.format("")
    + _TOLD.format("")
    + """
    input                                               text
    instructions                                        system
    previous_response_id                                control           history_unseen
    conversation                                        control           history_unseen
"""
    + _CONTROL
)


def _response(place: str) -> str:
    control = "\n".join(f"{place}{line.strip()}" for line in _CONTROL.splitlines() if line.strip())
    return (
        _ITEM.format(f"{place}output/*")
        + _ITEM.format(f"{place}instructions/*")
        + _TOOL.format(f"{place}tools/*")
        + _PROMPT.replace("template_unseen", "").format(place)
        + _TOLD.format(place)
        + f"""
    {place}instructions                                 system
    {place}error                                        metadata
    {place}completed_at                                 control
    {place}conversation                                 control
    {place}created_at                                   control
    {place}id                                           control
    {place}incomplete_details                           control
    {place}object                                       control
    {place}previous_response_id                         control
    {place}status                                       control
    {place}usage                                        control
    {control}
"""
    )


_RESPONSE = _response("")

_STREAM = (
    _response("response/")
    + _ITEM.format("item")
    + _PART.format("part")
    + """
    annotation                                          metadata
    arguments                                           tool_arguments
    code                                                tool_arguments|text
    delta                                               text|refusal|reasoning|tool_arguments  audio
    input                                               tool_arguments
    logprobs/*/top_logprobs                             alternative
    logprobs/*/token                                    metadata
    logprobs                                            control
    message                                             text
    name                                                name
    param                                               text
    partial_image_b64                                   image
    refusal                                             refusal
    text                                                text|reasoning
    response                                            control
    annotation_index                                    control
    content_index                                       control
    item_id                                             control
    obfuscation                                         control
    output_index                                        control
    partial_image_index                                 control
    sequence_number                                     control
    status                                              control
    summary_index                                       control
    type                                                control
"""
)

_DELETION = """
    deleted                                             control
    id                                                  control
    object                                              control
"""

CENSUS: Mapping[Direction, str] = {"request": _REQUEST, "response": _RESPONSE, "stream": _STREAM}
RETRIEVED: Mapping[Direction, str] = {"response": _RESPONSE, "stream": _STREAM}
DELETED: Mapping[Direction, str] = {"response": _DELETION}
COUNTED: Mapping[Direction, str] = {
    "request": _REQUEST,
    "response": "    input_tokens control\n    object control\n",
}
LISTED: Mapping[Direction, str] = {
    "response": _ITEM.format("data/*")
    + """
    first_id                                            control
    has_more                                            control
    last_id                                             control
    object                                              control
"""
}
