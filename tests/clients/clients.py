"""The rows: which client, how its driver is started, and its own words for what the matrix expects."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
ENVIRONMENTS = ROOT / "build" / "clients"
NODE = HERE / "node"
PAGE = ROOT / "docs" / "reference" / "clients.md"

OPENAI_MODELS = {"common": "gpt-4o-mini", "forbidden": "gpt-4", "silent": "gpt-4o"}
ANTHROPIC_MODELS = {
    "common": "claude-sonnet-4-5",
    "forbidden": "claude-opus-4-1",
    "silent": "claude-haiku-4-5",
}

OPENAI_ON_ANTHROPIC = {"common": "gpt-4.1-mini", "forbidden": "gpt-4", "silent": "gpt-4.1"}
"""Models that the gateway has from an upstream of the other dialect."""

ANTHROPIC_ON_OPENAI = {
    "common": "claude-3-7-sonnet",
    "forbidden": "claude-opus-4-1",
    "silent": "claude-3-5-haiku",
}

GEMINI_MODELS = {"common": "gemini-2.5-flash", "forbidden": "gemini-2.5-pro", "silent": "gemini-2.0-flash"}

OPENAI_FINISHES = {"ended": "stop", "called": "tool_calls", "stopped": "content_filter"}
RESPONSES_FINISHES = {"ended": "completed", "called": "completed", "stopped": "content_filter"}
ANTHROPIC_FINISHES = {"ended": "end_turn", "called": "tool_use", "stopped": "refusal"}


@dataclass(frozen=True, slots=True)
class Client:
    """One row of the matrix: a client, as it speaks to one endpoint."""

    name: str
    title: str
    packages: tuple[str, ...]
    """Those whose versions the page tells."""

    speaks: str
    """Endpoint in words."""

    runs: tuple[str, ...]
    """For Python the environment and the driver's module, for Node the driver's file."""

    models: Mapping[str, str]
    finishes: Mapping[str, str]
    """The matrix's word for how an answer ended, and the client's."""

    raises: Mapping[str, tuple[str, ...]]
    """The matrix's word for an exception, and the classes by which users catch it."""

    variant: str = ""
    returns: Mapping[str, str] = field(default_factory=dict)
    """Verb of the driver to the type of what the client returned."""

    attempts: int = 3
    """How often the client calls, all in all, where asking again is allowed: its own default."""

    lacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Situation, or ``*`` for all of them, to the keys that this client does not hand to its users."""

    absent: Mapping[str, str] = field(default_factory=dict)
    """Situation to the reason why this client cannot come into it."""

    @property
    def language(self) -> Literal["Python", "Node"]:
        """What it is written in."""
        return "Node" if self.runs[-1].endswith(".mjs") else "Python"

    def command(self) -> list[str]:
        """How its driver is started, from the repository's root."""
        if self.language == "Node":
            return ["node", str(NODE / self.runs[0])]
        environment, module = self.runs
        return [str(ENVIRONMENTS / environment / "bin" / "python"), "-m", f"tests.clients.drivers.{module}"]

    def missing(self) -> str:
        """What has to be installed before it can run, or nothing."""
        if self.language == "Node":
            return "" if (NODE / "node_modules" / ".package-lock.json").exists() else "Node's clients"
        environment, _ = self.runs
        return (
            "" if (ENVIRONMENTS / environment / ".installed").exists() else f"the environment {environment}"
        )

    def versions(self) -> list[str]:
        """``package version`` of each package, as pinned."""
        pins = _node_pins() if self.language == "Node" else _python_pins(self.runs[0])
        return [f"{package} {pins[package]}" for package in self.packages]


@cache
def _python_pins(environment: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / f"{environment}.txt").read_text().splitlines()
    pins = [
        line.split(" ")[0].split("==") for line in lines if "==" in line and not line.startswith((" ", "#"))
    ]
    return dict(pins)


@cache
def _node_pins() -> dict[str, str]:
    packages = json.loads((NODE / "package-lock.json").read_text())["packages"]
    return {path.removeprefix("node_modules/"): entry.get("version", "") for path, entry in packages.items()}


SDK_RAISES = {
    "bad_request": "BadRequestError",
    "forbidden": "PermissionDeniedError",
    "unauthorized": "AuthenticationError",
    "rate_limited": "RateLimitError",
    "server_error": "InternalServerError",
    "unavailable": "InternalServerError",
    "broken": "APIError",
    "timeout": "APITimeoutError",
}
"""Exceptions of the official SDKs, which agree on their names but for a few."""

LANGCHAIN_RAISES = {
    "bad_request": "ModelInvalidRequestError",
    "forbidden": "ModelPermissionDeniedError",
    "unauthorized": "ModelAuthenticationError",
    "rate_limited": "ModelRateLimitError",
    "server_error": "ModelAPIError",
    "unavailable": "ModelAPIError",
    "timeout": "ModelTimeoutError",
}
NO_CODE = {"*": ("code",)}
"""Anthropic's envelope has no code."""


def _sdk(package: str, **others: str) -> dict[str, tuple[str, ...]]:
    return {word: (f"{package}.{name}",) for word, name in {**SDK_RAISES, **others}.items()}


def _langchain(package: str, **others: str) -> dict[str, tuple[str, ...]]:
    """LangChain's exceptions are the SDK's as well."""
    own = {word: (f"langchain_core.exceptions.{name}",) for word, name in LANGCHAIN_RAISES.items()}
    return {word: names + own.get(word, ()) for word, names in _sdk(package, **others).items()}


def _chat_returns(whole: str, piece: str, streamed_tools: str) -> dict[str, str]:
    return {
        "ask": whole,
        "stream": piece,
        "tools": whole,
        "stream_tools": streamed_tools,
        "round_trip": whole,
        "structured": "Weather",
    }


GEMINI_FINISHES = {"ended": "STOP", "called": "STOP", "stopped": "SAFETY"}
GENAI_RAISES = {
    "bad_request": ("google.genai.errors.ClientError",),
    "forbidden": ("google.genai.errors.ClientError",),
    "unauthorized": ("google.genai.errors.ClientError",),
    "rate_limited": ("google.genai.errors.ClientError",),
    "server_error": ("google.genai.errors.ServerError",),
    "unavailable": ("google.genai.errors.ServerError",),
    "broken": ("google.genai.errors.ServerError",),
    "timeout": ("httpx2.TimeoutException",),
}
AI_SDK_FINISHES = {"ended": "stop", "called": "tool-calls", "stopped": "content-filter"}
AI_SDK_RAISES = {
    "bad_request": ("ai.APICallError",),
    "forbidden": ("ai.APICallError",),
    "unauthorized": ("ai.APICallError",),
    "rate_limited": ("ai.RetryError",),
    "server_error": ("ai.RetryError",),
    "unavailable": ("ai.APICallError",),
    "broken": ("error part",),
    "timeout": ("DOMException TimeoutError",),
}
AI_SDK_RETURNS = {
    "ask": "text",
    "stream": "text-delta",
    "tools": "tool-call",
    "stream_tools": "tool-call",
    "round_trip": "text",
    "structured": "output",
}

CLIENTS: tuple[Client, ...] = (
    Client(
        name="openai-python",
        title="OpenAI SDK",
        packages=("openai",),
        speaks="chat completions",
        runs=("clients", "openai_chat"),
        models=OPENAI_MODELS,
        finishes=OPENAI_FINISHES,
        raises=_sdk("openai"),
        returns=_chat_returns("ChatCompletion", "ChatCompletionChunk", "ParsedChatCompletion"),
    ),
    Client(
        name="openai-python-2",
        title="OpenAI SDK, before",
        packages=("openai",),
        speaks="chat completions",
        runs=("clients-openai-2", "openai_chat"),
        models=OPENAI_MODELS,
        finishes=OPENAI_FINISHES,
        raises=_sdk("openai"),
        returns=_chat_returns("ChatCompletion", "ChatCompletionChunk", "ParsedChatCompletion"),
    ),
    Client(
        name="openai-node",
        title="OpenAI SDK",
        packages=("openai",),
        speaks="chat completions",
        runs=("openai_chat.mjs",),
        models=OPENAI_MODELS,
        finishes=OPENAI_FINISHES,
        raises=_sdk("openai", timeout="APIConnectionTimeoutError"),
        returns={
            **_chat_returns("chat.completion", "chat.completion.chunk", "chat.completion"),
            "structured": "chat.completion",
        },
    ),
    Client(
        name="openai-python-responses",
        title="OpenAI SDK",
        packages=("openai",),
        speaks="responses",
        runs=("clients", "openai_responses"),
        models=OPENAI_MODELS,
        finishes=RESPONSES_FINISHES,
        raises=_sdk("openai"),
        returns=_chat_returns("Response", "Response", "ParsedResponse"),
    ),
    Client(
        name="openai-node-responses",
        title="OpenAI SDK",
        packages=("openai",),
        speaks="responses",
        runs=("openai_responses.mjs",),
        models=OPENAI_MODELS,
        finishes=RESPONSES_FINISHES,
        raises=_sdk("openai", timeout="APIConnectionTimeoutError"),
        returns=dict.fromkeys(AI_SDK_RETURNS, "response"),
    ),
    Client(
        name="langchain-openai-responses",
        title="LangChain",
        packages=("langchain-openai", "langchain-core", "openai"),
        speaks="responses",
        runs=("clients", "langchain"),
        variant="openai-responses",
        models=OPENAI_MODELS,
        finishes=RESPONSES_FINISHES,
        raises=_langchain("openai"),
        returns=_chat_returns("AIMessage", "AIMessageChunk", "AIMessageChunk"),
    ),
    Client(
        name="ai-sdk-openai",
        title="Vercel AI SDK",
        packages=("ai", "@ai-sdk/openai"),
        speaks="responses",
        runs=("ai_sdk.mjs",),
        variant="openai",
        models=OPENAI_MODELS,
        finishes=AI_SDK_FINISHES,
        raises=AI_SDK_RAISES,
        returns=AI_SDK_RETURNS,
    ),
    Client(
        name="anthropic-python",
        title="Anthropic SDK",
        packages=("anthropic",),
        speaks="messages",
        runs=("clients", "anthropic_messages"),
        models=ANTHROPIC_MODELS,
        finishes=ANTHROPIC_FINISHES,
        raises=_sdk("anthropic", unavailable="GatewayTimeoutError"),
        lacks=NO_CODE,
        returns=_chat_returns("Message", "ParsedMessage", "ParsedMessage"),
    ),
    Client(
        name="anthropic-node",
        title="Anthropic SDK",
        packages=("@anthropic-ai/sdk",),
        speaks="messages",
        runs=("anthropic_messages.mjs",),
        models=ANTHROPIC_MODELS,
        finishes=ANTHROPIC_FINISHES,
        raises=_sdk(
            "@anthropic-ai/sdk", timeout="APIConnectionTimeoutError", unavailable="GatewayTimeoutError"
        ),
        lacks=NO_CODE,
        returns=dict.fromkeys(AI_SDK_RETURNS, "message"),
    ),
    Client(
        name="openai-python-translated",
        title="OpenAI SDK",
        packages=("openai",),
        speaks="chat completions of an Anthropic upstream",
        runs=("clients", "openai_chat"),
        models=OPENAI_ON_ANTHROPIC,
        finishes=OPENAI_FINISHES,
        raises=_sdk("openai"),
        returns=_chat_returns("ChatCompletion", "ChatCompletionChunk", "ParsedChatCompletion"),
    ),
    Client(
        name="anthropic-python-translated",
        title="Anthropic SDK",
        packages=("anthropic",),
        speaks="messages of an OpenAI upstream",
        runs=("clients", "anthropic_messages"),
        models=ANTHROPIC_ON_OPENAI,
        finishes=ANTHROPIC_FINISHES,
        raises=_sdk("anthropic", unavailable="GatewayTimeoutError"),
        lacks=NO_CODE,
        returns=_chat_returns("Message", "ParsedMessage", "ParsedMessage"),
    ),
    Client(
        name="google-genai",
        title="google-genai",
        packages=("google-genai",),
        speaks="generateContent",
        runs=("clients", "google_genai"),
        models=GEMINI_MODELS,
        finishes=GEMINI_FINISHES,
        raises=GENAI_RAISES,
        lacks=NO_CODE,
        attempts=1,
        returns=dict.fromkeys(AI_SDK_RETURNS, "GenerateContentResponse") | {"structured": "Weather"},
    ),
    Client(
        name="langchain-openai",
        title="LangChain",
        packages=("langchain-openai", "langchain-core", "openai"),
        speaks="chat completions",
        runs=("clients", "langchain"),
        variant="openai",
        models=OPENAI_MODELS,
        finishes=OPENAI_FINISHES,
        raises=_langchain("openai"),
        returns=_chat_returns("AIMessage", "AIMessageChunk", "AIMessageChunk"),
    ),
    Client(
        name="langchain-anthropic",
        title="LangChain",
        packages=("langchain-anthropic", "langchain-core", "anthropic"),
        speaks="messages",
        runs=("clients", "langchain"),
        variant="anthropic",
        models=ANTHROPIC_MODELS,
        finishes=ANTHROPIC_FINISHES,
        raises=_langchain("anthropic"),
        lacks=NO_CODE,
        returns=_chat_returns("AIMessage", "AIMessageChunk", "AIMessageChunk"),
    ),
    Client(
        name="llama-index",
        title="LlamaIndex",
        packages=("llama-index-llms-openai", "llama-index-core", "openai"),
        speaks="chat completions",
        runs=("clients-openai-2", "llama_index"),
        models=OPENAI_MODELS,
        finishes=OPENAI_FINISHES,
        raises=_sdk("openai"),
        attempts=12,
        returns=dict.fromkeys(AI_SDK_RETURNS, "ChatResponse") | {"structured": "Weather"},
        lacks={
            **dict.fromkeys(("stream", "redaction_stream", "restored_stream"), ("usage",)),
            **dict.fromkeys(("stream_tools", "restored_tools"), ("finish",)),
        },
    ),
    Client(
        name="ai-sdk-openai-chat",
        title="Vercel AI SDK",
        packages=("ai", "@ai-sdk/openai"),
        speaks="chat completions",
        runs=("ai_sdk.mjs",),
        variant="openai-chat",
        models=OPENAI_MODELS,
        finishes=AI_SDK_FINISHES,
        raises=AI_SDK_RAISES,
        returns=AI_SDK_RETURNS,
    ),
    Client(
        name="ai-sdk-anthropic",
        title="Vercel AI SDK",
        packages=("ai", "@ai-sdk/anthropic"),
        speaks="messages",
        runs=("ai_sdk.mjs",),
        variant="anthropic",
        models=ANTHROPIC_MODELS,
        finishes=AI_SDK_FINISHES,
        raises=AI_SDK_RAISES,
        lacks=NO_CODE,
        returns=AI_SDK_RETURNS,
    ),
    Client(
        name="ai-sdk-google",
        title="Vercel AI SDK",
        packages=("ai", "@ai-sdk/google"),
        speaks="generateContent",
        runs=("ai_sdk.mjs",),
        variant="google",
        models=GEMINI_MODELS,
        finishes=AI_SDK_FINISHES,
        raises={**AI_SDK_RAISES, "broken": ("ai.APICallError",)},
        lacks=NO_CODE,
        returns=AI_SDK_RETURNS,
    ),
)
