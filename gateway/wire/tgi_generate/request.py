"""The request body of TGI's generate."""

from gateway.wire.body import flag, member, parameters, required_object
from gateway.wire.dialect import RequestView
from gateway.wire.gather import Gather
from gateway.wire.read import Reader, anything, control, fields, ignored, schema, text

CONTROL = frozenset(
    [
        "adapter_id",
        "best_of",
        "decoder_input_details",
        "details",
        "do_sample",
        "frequency_penalty",
        "max_new_tokens",
        "repetition_penalty",
        "return_full_text",
        "seed",
        "temperature",
        "top_k",
        "top_n_tokens",
        "top_p",
        "truncate",
        "typical_p",
        "watermark",
    ]
)
"""Parameters that steer and do not speak."""

_PARAMETERS: Reader = fields({**dict.fromkeys(CONTROL, control), "stop": anything, "grammar": schema})
_REQUEST: Reader = fields({"inputs": text("text"), "parameters": _PARAMETERS, "stream": ignored})


def read_request(body: object, *, always_streams: bool) -> RequestView:
    """Segments and parameters of a parsed request. It names no model: a server has one.

    Raises:
        CallerError: 400 ``invalid_type``.
    """
    request = required_object(body)
    asked = flag(request.get("stream"), "/stream")
    given = required_object(member(request, "parameters") or {}, "/parameters")
    gather = Gather("user")
    _REQUEST(gather, "", request)
    return RequestView(
        model="",
        stream=always_streams or asked,
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        tools=(),
        parameters=parameters(given, CONTROL),
        fixed=frozenset(gather.fixed),
    )
