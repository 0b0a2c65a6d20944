"""litellm, loaded once, quietly, and with nothing of it that reaches out."""

import logging
import os
import warnings
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from gateway.core.errors import UpstreamError

# Releases that carried malicious code. They never run here, whatever the environment resolved to.
MALICIOUS = frozenset({"1.82.7", "1.82.8", "1.107.0"})

_BEFORE_IMPORT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # the price list in the package, not the network
    "LITELLM_MODE": "PRODUCTION",  # otherwise it loads a .env file from the working directory
}


@dataclass(frozen=True, slots=True)
class Library:
    """The conversions that are used; each is created anew for an exchange."""

    anthropic_config: Any
    """OpenAI request to Anthropic request, Anthropic answer to OpenAI answer."""

    anthropic_events: Any
    """Anthropic stream events to OpenAI chunks."""

    anthropic_adapter: Any
    """Anthropic request to OpenAI request, OpenAI answer to Anthropic answer."""

    anthropic_stream: Any
    """OpenAI chunks to Anthropic stream events."""

    gemini_config: Any
    """OpenAI parameters to Gemini's, Gemini's answer to OpenAI answer."""

    gemini_request: Any
    """OpenAI messages and Gemini parameters to Gemini request."""

    gemini_events: Any
    """Gemini chunks to OpenAI chunks."""

    bedrock_config: Any
    """OpenAI request to Converse request, Converse answer to OpenAI answer."""

    bedrock_form: str
    """The tool under whose name structured output is asked of models that do not know it."""

    completion: Any
    chunk: Any
    """litellm's types of an OpenAI answer and of an OpenAI chunk."""


def unusable() -> str:
    """Why translation cannot work here; empty where it can."""
    try:
        installed = version("litellm")
    except PackageNotFoundError:
        return "translation between dialects needs litellm: pip install 'lictor[translate]'"
    if installed in MALICIOUS:
        return f"litellm {installed} is a malicious release and is not run; install 'lictor[translate]'"
    return ""


def load() -> Library:
    """Import what is needed. The environment is completed first, never overridden."""
    reason = unusable()
    if reason:
        raise UpstreamError("protocol", reason)
    for name, value in _BEFORE_IMPORT.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # from building its types, about matters of its own
        return _imported()


def _imported() -> Library:
    _quieten(import_module("litellm"))
    chat = import_module("litellm.llms.anthropic.chat.transformation")
    handler = import_module("litellm.llms.anthropic.chat.handler")
    adapter = import_module("litellm.llms.anthropic.pass_through.adapters.transformation")
    stream = import_module("litellm.llms.anthropic.pass_through.adapters.streaming_iterator")
    gemini = import_module("litellm.llms.vertex_ai.gemini.vertex_and_google_ai_studio_gemini")
    studio = import_module("litellm.llms.gemini.chat.transformation")
    contents = import_module("litellm.llms.vertex_ai.gemini.transformation")
    converse = import_module("litellm.llms.bedrock.chat.converse_transformation")
    types = import_module("litellm.types.utils")
    types.ModelResponse(), types.ModelResponseStream()  # builds their schemas now, not in an exchange
    return Library(
        anthropic_config=chat.AnthropicConfig,
        anthropic_events=handler.ModelResponseIterator,
        anthropic_adapter=adapter.LiteLLMAnthropicMessagesAdapter,
        anthropic_stream=stream.AnthropicStreamWrapper,
        gemini_config=studio.GoogleAIStudioGeminiConfig,
        gemini_request=contents.transform_request_body,
        gemini_events=gemini.ModelResponseIterator,
        bedrock_config=converse.AmazonConverseConfig,
        bedrock_form=converse.RESPONSE_FORMAT_TOOL_NAME,
        completion=types.ModelResponse,
        chunk=types.ModelResponseStream,
    )


def _quieten(litellm: Any) -> None:  # noqa: ANN401 - untyped from here on
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # its messages quote content
