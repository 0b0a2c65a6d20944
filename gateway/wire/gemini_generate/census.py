"""What is read of each field of generateContent, streamed or not, and of countTokens.

Every name counts in its other spelling, too: ``inlineData`` is ``inline_data``.
"""

from collections.abc import Mapping
from typing import Final

from gateway.wire.endpoint import Direction

PARTS: Final = """
    {0}/parts/*/text                                    text|system|tool_result|reasoning
    {0}/parts/*/thoughtSignature                        signature
    {0}/parts/*/inlineData/data                         file
    {0}/parts/*/inlineData/displayName                  metadata
    {0}/parts/*/fileData/fileUri                        metadata
    {0}/parts/*/fileData/displayName                    metadata
    {0}/parts/*/functionCall/name                       name
    {0}/parts/*/functionCall/args                       tool_arguments
    {0}/parts/*/functionCall/partialArgs/*/stringValue  tool_arguments
    {0}/parts/*/functionCall/partialArgs/*/jsonPath     metadata
    {0}/parts/*/functionResponse/name                   name
    {0}/parts/*/functionResponse/response               tool_result
    {0}/parts/*/functionResponse/parts/*/inlineData/data file
    {0}/parts/*/functionResponse/parts/*/*/displayName  metadata
    {0}/parts/*/functionResponse/parts/*/fileData/fileUri metadata
    {0}/parts/*/executableCode/code                     tool_arguments
    {0}/parts/*/codeExecutionResult/output              tool_result
    {0}/parts/*/toolCall/args                           tool_arguments
    {0}/parts/*/toolResponse/response                   tool_result
    {0}/parts/*/partMetadata                            metadata
    {0}/parts/*/audioTranscription                      text
    {0}/parts/*/*                                       control
    {0}/role                                            control
"""
"""One content, where ``{0}`` is its place."""

_ASKED = (
    PARTS.format("contents/*")
    + PARTS.format("systemInstruction")
    + """
    tools/*/functionDeclarations/*/name                 name
    tools/*/functionDeclarations/*/behavior             control
    tools/*/functionDeclarations                        tool_definition
    tools/*/mcpServers/*/name                           name
    tools/*/mcpServers/*/streamableHttpTransport/headers credential
    tools/*/mcpServers                                  tool_definition
    tools/*/**/apiAuth                                  credential
    tools/*/**/apiKey                                   credential
    tools/*/**/authConfig                               credential
    tools                                               tool_definition
    toolConfig                                          control
    safetySettings                                      control
    generationConfig/responseSchema                     metadata
    generationConfig/responseJsonSchema                 metadata
    generationConfig/responseFormat                     metadata
    generationConfig/stopSequences                      metadata
    generationConfig                                    control
    cachedContent                                       control
    labels                                              metadata
    model                                               control
    modelArmorConfig                                    control
    serviceTier                                         control
    store                                               control
"""
)

_ANSWERED = (
    PARTS.format("candidates/*/content")
    + """
    candidates/*/finishMessage                          metadata
    candidates/*/citationMetadata                       metadata
    candidates/*/groundingMetadata/**/sdkBlob           signature
    candidates/*/groundingMetadata/**/googleMapsWidgetContextToken signature
    candidates/*/groundingMetadata                      metadata
    candidates/*/groundingAttributions                  metadata
    candidates/*/urlContextMetadata                     metadata
    candidates/*/logprobsResult/topCandidates           alternative
    candidates/*/logprobsResult/chosenCandidates/*/token metadata
    candidates/*/logprobsResult                         control
    candidates/*/continuationToken                      signature
    candidates/*                                        control
    promptFeedback/blockReasonMessage                   metadata
    promptFeedback                                      control
    usageMetadata                                       control
    modelStatus                                         metadata
    modelVersion                                        control
    responseId                                          control
    createTime                                          control
"""
)

_STREAMED = (
    _ANSWERED
    + """
    error                                               metadata
"""
)

_COUNTED = """
    *                                                   control
"""

GENERATE: Final[Mapping[Direction, str]] = {
    "request": _ASKED,
    "response": _ANSWERED,
    "stream": _STREAMED,
}
COUNT: Final[Mapping[Direction, str]] = {
    "request": _ASKED
    + "\n".join(f"generateContentRequest/{line.strip()}" for line in _ASKED.splitlines() if line.strip()),
    "response": _COUNTED,
}
