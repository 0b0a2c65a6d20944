"""OpenAI's batches: a file of requests, answered at leisure. The file itself is read when it is uploaded,
and the answers when they are fetched (see :mod:`gateway.wire.openai_files`)."""

from collections.abc import Mapping
from typing import Final

from gateway.wire.body import required_object, required_text
from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.endpoint import Direction, Endpoint, v1
from gateway.wire.envelopes import OpenAIErrors
from gateway.wire.read import Reader, Table, anything, control, each, fields, ignored, with_gap
from gateway.wire.stream import StreamReader, is_event_stream
from gateway.wire.views import request_view, response_view

CONTROL = frozenset(["completion_window", "endpoint"])
"""Fields that steer and do not speak."""

# It may have been uploaded past this gateway.
_FILE: Reader = with_gap("file", control)

_REQUEST: Reader = fields(
    {
        **dict.fromkeys(CONTROL, control),
        "input_file_id": _FILE,
        "output_expires_after": control,
    }
)

_ERROR: Reader = fields({"code": control, "line": ignored, "param": control}, other=anything)
_ERRORS: Reader = fields({"object": control, "data": each(_ERROR)})
_BATCH: Table = {
    "id": control,
    "object": control,
    "model": control,
    "status": control,
    "endpoint": control,
    "completion_window": control,
    "input_file_id": control,
    "output_file_id": control,
    "error_file_id": control,
    "request_counts": control,
    "usage": control,
    "errors": _ERRORS,
    **dict.fromkeys(
        [
            "cancelled_at",
            "cancelling_at",
            "completed_at",
            "created_at",
            "expired_at",
            "expires_at",
            "failed_at",
            "finalizing_at",
            "in_progress_at",
        ],
        ignored,
    ),
}
_RESPONSE: Reader = fields(
    {**_BATCH, "data": each(fields(_BATCH)), "first_id": control, "last_id": control, "has_more": ignored}
)

_FIELDS = """
        {0}errors/data/*/code                           control
        {0}errors/data/*/line                           control
        {0}errors/data/*/param                          control
        {0}errors/data                                  metadata
        {0}metadata                                     metadata
        {0}*                                            control
"""

_REQUESTED = """
        input_file_id                                   control           file
        metadata                                        metadata
        completion_window                               control
        endpoint                                        control
        output_expires_after                            control
"""

CREATED: Mapping[Direction, str] = {"request": _REQUESTED, "response": _FIELDS.format("")}
RETRIEVED: Mapping[Direction, str] = {"response": _FIELDS.format("")}
LISTED: Mapping[Direction, str] = {
    "response": _FIELDS.format("data/*/")
    + """
        first_id                                        control
        has_more                                        control
        last_id                                         control
        object                                          control
    """
}


class OpenAIBatches(OpenAIErrors):
    """``/v1/batches`` and what lies below it."""

    __slots__ = ()
    name: Final = "openai_batches"
    family: Final = "openai"

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        request = required_object(body)
        required_text(request.get("input_file_id"), "/input_file_id")
        return request_view(request, _REQUEST, CONTROL, model="")

    def response(self, body: object) -> ResponseView:
        """A batch, or a list of them."""
        return response_view(body, _RESPONSE)

    def stream(self, content_type: bytes) -> StreamReader | None:
        """Batches are never streamed; if they are, every frame is read as it stands."""
        return StreamReader() if is_event_stream(content_type) else None


DIALECT: Final[Dialect] = OpenAIBatches()

ENDPOINTS: Final = (
    Endpoint("batches.create", "POST", v1("/batches"), DIALECT, model="none", census=CREATED),
    Endpoint("batches.list", "GET", v1("/batches"), DIALECT, body="none", model="none", census=LISTED),
    Endpoint("batches.get", "GET", v1("/batches/{id}"), DIALECT, body="none", model="none", census=RETRIEVED),
    Endpoint(
        "batches.cancel",
        "POST",
        v1("/batches/{id}/cancel"),
        DIALECT,
        body="none",
        model="none",
        census=RETRIEVED,
    ),
)
