"""The request bodies of embedContent and batchEmbedContents."""

from gateway.wire.body import parameters, required_list, required_object
from gateway.wire.dialect import RequestView
from gateway.wire.gather import Gather
from gateway.wire.gemini_generate.cases import cased, declared
from gateway.wire.gemini_generate.parts import content
from gateway.wire.gemini_generate.request import named, the_model
from gateway.wire.read import Reader, control, each, fields, text

CONTROL = (
    "audioTrackExtraction",
    "autoTruncate",
    "documentOcr",
    "embedContentConfig",
    "mimeType",
    "outputDimensionality",
    "taskType",
)
"""Fields that steer and do not speak."""

_PARAMETERS = frozenset((*CONTROL, *map(declared, CONTROL)))

_ONE: Reader = fields(
    cased(
        {**dict.fromkeys(CONTROL, control), "model": control, "content": content, "title": text("metadata")}
    )
)
_BATCH: Reader = fields({"requests": each(_ONE, other=_ONE)})


def read_one(body: object) -> RequestView:
    """Segments of a parsed request.

    Raises:
        CallerError: 400 ``invalid_type``.
    """
    request = required_object(body)
    gather = Gather("user")
    _ONE(gather, "", request)
    return _view(gather, named(("/model", request.get("model"))), parameters(request, _PARAMETERS))


def read_batch(body: object) -> RequestView:
    """Segments of a parsed request with several contents.

    Raises:
        CallerError: 400 ``invalid_type``, or ``model_mismatch`` when it names several models.
    """
    request = required_object(body)
    entries = required_list(request.get("requests"), "/requests")
    parts = [required_object(entry, f"/requests/{index}") for index, entry in enumerate(entries)]
    names = named(*((f"/requests/{index}/model", part.get("model")) for index, part in enumerate(parts)))
    gather = Gather("user")
    _BATCH(gather, "", request)
    return _view(gather, names, {})


def _view(gather: Gather, names: dict[str, str], scalars: dict[str, object]) -> RequestView:
    return RequestView(
        model=the_model(names),
        stream=False,
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        tools=(),
        parameters=scalars,
        fixed=frozenset(gather.fixed),
        named=names,
    )
