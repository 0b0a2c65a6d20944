"""The request body of generateContent, streamGenerateContent and countTokens."""

from collections.abc import Iterator, Mapping

from gateway.core.errors import CallerError
from gateway.core.segment import Tool
from gateway.wire.body import parameters, required_object, required_text, word
from gateway.wire.dialect import RequestView
from gateway.wire.gather import Gather
from gateway.wire.gemini_generate.cases import cased, declared, either, singly
from gateway.wire.gemini_generate.parts import content
from gateway.wire.read import (
    Reader,
    anything,
    control,
    definition,
    each,
    fields,
    ignored,
    leaves,
    schema,
    spoken_by,
    text,
)
from gateway.wire.sink import Sink

GENERATION = (
    "audioTimestamp",
    "audioTranscriptionConfig",
    "candidateCount",
    "continuationToken",
    "enableAffectiveDialog",
    "enableEnhancedCivicAnswers",
    "frequencyPenalty",
    "generationOutputConfig",
    "imageConfig",
    "logprobs",
    "maxOutputTokens",
    "mediaResolution",
    "modelSelectionConfig",
    "presencePenalty",
    "responseLogprobs",
    "responseMimeType",
    "responseModalities",
    "routingConfig",
    "seed",
    "speechConfig",
    "temperature",
    "thinkingConfig",
    "topK",
    "topP",
    "translationConfig",
)
"""Fields of generationConfig that steer and do not speak."""

_PARAMETERS = frozenset((*GENERATION, *map(declared, GENERATION)))

_FUNCTION: Reader = fields(cased({"name": text("name"), "behavior": control}), other=definition)
# How a provider's own tool proves itself elsewhere: credentials, meant for the provider only.
_KEPT_SECRET = cased({"apiAuth": ignored, "authConfig": ignored, "apiKey": ignored})
_BUILT_IN: Reader = leaves("tool_definition", _KEPT_SECRET)
_TRANSPORT: Reader = fields(cased({"headers": ignored}), other=definition)
_MCP_SERVER: Reader = fields(
    cased({"name": text("name"), "streamableHttpTransport": _TRANSPORT}), other=definition
)
TOOL: Reader = fields(
    cased(
        {
            "functionDeclarations": each(_FUNCTION, other=_FUNCTION),
            "mcpServers": each(_MCP_SERVER, other=_MCP_SERVER),
            **dict.fromkeys(
                (
                    "computerUse",
                    "codeExecution",
                    "enterpriseWebSearch",
                    "exaAiSearch",
                    "fileSearch",
                    "googleMaps",
                    "googleSearch",
                    "googleSearchRetrieval",
                    "parallelAiSearch",
                    "retrieval",
                    "urlContext",
                ),
                _BUILT_IN,
            ),
        }
    ),
    other=definition,
)

_GENERATION: Reader = fields(
    cased(
        {
            **dict.fromkeys(GENERATION, control),
            "responseSchema": schema,
            "responseJsonSchema": schema,
            "responseFormat": schema,
            "stopSequences": anything,
        }
    )
)


def _cached(sink: Sink, pointer: str, value: object) -> None:
    """Contents that the provider keeps: what was said in them does not pass by here."""
    sink.gap(pointer, "history_unseen")
    control(sink, pointer, value)


FIELDS = cased(
    {
        "model": control,
        "contents": each(content, other=content),
        "systemInstruction": spoken_by("system", content),
        "tools": each(TOOL, other=TOOL),
        "toolConfig": control,
        "safetySettings": control,
        "generationConfig": _GENERATION,
        "cachedContent": _cached,
        "labels": anything,
        "modelArmorConfig": control,
        "serviceTier": control,
        "store": ignored,
    }
)
"""The fields of a request."""

_REQUEST: Reader = fields(FIELDS)
_COUNT: Reader = fields({**FIELDS, **cased({"generateContentRequest": _REQUEST})})


def read_request(body: object, *, stream: bool) -> RequestView:
    """Segments, tools and parameters of a parsed request. ``model`` is one that the body names besides
    the path, or empty.

    Raises:
        CallerError: 400 ``invalid_type``.
    """
    request = required_object(body)
    _check_contents(request, "")
    gather = Gather("user")
    _REQUEST(gather, "", request)
    return _view(gather, request, "", stream=stream)


def read_count(body: object) -> RequestView:
    """As :func:`read_request`, for countTokens: it may carry a whole request inside.

    Raises:
        CallerError: 400 ``invalid_type``.
    """
    request = required_object(body)
    _check_contents(request, "")
    name = next((n for n in ("generateContentRequest", "generate_content_request") if n in request), "")
    inner = required_object(request[name], f"/{name}") if name else request
    _check_contents(inner, f"/{name}" if name else "")
    gather = Gather("user")
    _COUNT(gather, "", request)
    return _view(gather, inner, f"/{name}" if name else "", stream=False)


def named(*places: tuple[str, object]) -> dict[str, str]:
    """Where a body names the model besides the path, and how.

    Raises:
        CallerError: 400 ``invalid_type``, when a name is not a string.
    """
    return {at: required_text(value, at) for at, value in places if value is not None}


def bare(name: str) -> str:
    """A model's name without the collection that it is in."""
    return name.removeprefix("models/").removeprefix("tunedModels/")


def the_model(names: Mapping[str, str]) -> str:
    """The one model that a body names; empty where it names none.

    Raises:
        CallerError: 400 ``model_mismatch``, when there are several.
    """
    models = {bare(name) for name in names.values()}
    if len(models) > 1:
        raise CallerError(400, "model_mismatch", "the body names several models")
    return models.pop() if models else ""


def _check_contents(request: dict[str, object], where: str) -> None:
    """What we act on has its type; Google itself says whether something is missing."""
    for name in ("contents", "systemInstruction"):
        for spelled in {name, declared(name)} & request.keys():
            for index, entry in enumerate(singly(request[spelled])):
                if not isinstance(entry, dict | str):
                    pointer = f"{where}/{spelled}"
                    raise CallerError(400, "invalid_type", f"{spelled}[{index}] must be an object", pointer)


def _view(gather: Gather, request: dict[str, object], where: str, *, stream: bool) -> RequestView:
    settings = either(request, "generationConfig")
    names = named((f"{where}/model", request.get("model")))
    return RequestView(
        model=the_model(names),
        stream=stream,
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        tools=tuple(_tools(request, where)),
        parameters=parameters(settings, _PARAMETERS) if isinstance(settings, dict) else {},
        fixed=frozenset(gather.fixed),
        named=names,
    )


def _tools(request: dict[str, object], where: str) -> Iterator[Tool]:
    for place, tool in _listed(request.get("tools"), f"{where}/tools"):
        if not isinstance(tool, dict):
            raise CallerError(400, "invalid_type", f"{place[1:]} must be an object", place)
        for name, value in tool.items():
            if name in ("functionDeclarations", "function_declarations"):
                for pointer, function in _listed(value, f"{place}/{name}"):
                    yield Tool(word(either(function, "name")), pointer)
            else:
                yield Tool(name, f"{place}/{name}")


def _listed(value: object, pointer: str) -> Iterator[tuple[str, object]]:
    """The entries of a repeated field with their pointers."""
    if isinstance(value, list):
        yield from ((f"{pointer}/{index}", entry) for index, entry in enumerate(value))
    elif value is not None:
        yield pointer, value
