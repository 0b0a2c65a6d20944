"""The request bodies of embedContent and batchEmbedContents."""

from gateway.core.errors import CallerError
from gateway.wire.body import parameters, required_list, required_object
from gateway.wire.dialect import RequestView
from gateway.wire.gather import Gather
from gateway.wire.gemini_generate.cases import cased, declared
from gateway.wire.gemini_generate.parts import content
from gateway.wire.gemini_generate.request import named_model
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
    return _view(gather, named_model(request.get("model"), "/model"), parameters(request, _PARAMETERS))


def read_batch(body: object) -> RequestView:
    """Segments of a parsed request with several contents.

    Raises:
        CallerError: 400 ``invalid_type``, or ``model_mismatch`` when it names several models.
    """
    request = required_object(body)
    entries = required_list(request.get("requests"), "/requests")
    parts = [required_object(entry, f"/requests/{index}") for index, entry in enumerate(entries)]
    models = {named_model(part.get("model"), f"/requests/{index}/model") for index, part in enumerate(parts)}
    if len(models) > 1:
        raise CallerError(400, "model_mismatch", "all requests of a batch go to one model", "/requests")
    gather = Gather("user")
    _BATCH(gather, "", request)
    return _view(gather, models.pop() if models else "", {})


def _view(gather: Gather, model: str, declared_parameters: dict[str, object]) -> RequestView:
    return RequestView(
        model=model,
        stream=False,
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        tools=(),
        parameters=declared_parameters,
        fixed=frozenset(gather.fixed),
    )
