"""The request body of completions."""

from gateway.core.errors import CallerError
from gateway.wire.body import required_object
from gateway.wire.dialect import RequestView
from gateway.wire.prompt import prompt
from gateway.wire.read import Reader, control, fields, ignored, text
from gateway.wire.views import request_view

CONTROL = frozenset(
    [
        "best_of",
        "echo",
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "max_tokens",
        "n",
        "presence_penalty",
        "seed",
        "stream_options",
        "temperature",
        "top_p",
    ]
)
"""Fields that steer and do not speak."""

_REQUEST: Reader = fields(
    {
        **dict.fromkeys(CONTROL, control),
        "model": control,
        "stream": ignored,
        "prompt": prompt,
        "suffix": text("text"),
    }
)


def read_request(body: object) -> RequestView:
    """Segments and parameters of a parsed request.

    Raises:
        CallerError: 400 ``invalid_type``.
    """
    request = required_object(body)
    if not isinstance(request.get("prompt"), str | list | None):
        raise CallerError(400, "invalid_type", "prompt must be a string or a list", "/prompt")
    return request_view(request, _REQUEST, CONTROL)
