"""OpenAI's files. A batch's input is read row by row, by the dialect of each row; so is its output."""

from typing import Final

from gateway.core.errors import CallerError
from gateway.wire.blob import document_blob, gathered
from gateway.wire.body import parameters, required_object, word
from gateway.wire.dialect import BlobView, Dialect, RequestView, ResponseView
from gateway.wire.document import Upload, read_document
from gateway.wire.endpoint import Endpoint, v1
from gateway.wire.envelopes import OpenAIErrors
from gateway.wire.forms import filename
from gateway.wire.gather import Gather
from gateway.wire.openai_files.census import CONTENT, CREATED, DELETED, LISTED, RETRIEVED
from gateway.wire.openai_files.rows import Asked, is_batch, read_requests, read_responses
from gateway.wire.read import Reader, Table, control, each, fields, ignored, text
from gateway.wire.stream import StreamReader, is_event_stream
from gateway.wire.views import response_view

CONTROL = frozenset(["purpose"])
"""Fields that steer and do not speak."""

_REQUEST: Reader = fields(
    {
        "purpose": control,
        "file": ignored,
        "expires_after[anchor]": control,
        "expires_after[seconds]": control,
    }
)

_FILE: Table = {
    "id": control,
    "object": control,
    "purpose": control,
    "status": control,
    "filename": text("metadata"),
    "bytes": ignored,
    "created_at": ignored,
    "expires_at": ignored,
    "deleted": ignored,
}
_RESPONSE: Reader = fields(
    {**_FILE, "data": each(fields(_FILE)), "first_id": control, "last_id": control, "has_more": ignored}
)


class OpenAIFiles(OpenAIErrors):
    """``/v1/files`` and ``/v1/files/{id}``."""

    __slots__ = ()
    name: Final = "openai_files"
    family: Final = "openai"

    def request(self, body: object) -> RequestView:
        """Understand a parsed form.

        Raises:
            CallerError: 400; there is no file, or it is a batch with a row that cannot be read.
        """
        request = required_object(body)
        file = request.get("file")
        if not isinstance(file, Upload):
            raise CallerError(400, "invalid_type", "file must be a file", "/file")
        gather = Gather("user")
        _REQUEST(gather, "", request)
        asked = _read(gather, word(request.get("purpose")), file)
        declared = parameters(request, CONTROL)
        return RequestView(
            model="",
            stream=False,
            segments=tuple(gather.segments),
            unscanned=tuple(gather.gaps),
            tools=asked.tools,
            parameters={**declared, "models": ",".join(asked.models)} if asked.models else declared,
            # Half a batch is no batch: a row whose tools may not be offered denies all of it.
            fixed=frozenset([*gather.fixed, *(tool.pointer for tool in asked.tools)]),
        )

    def response(self, body: object) -> ResponseView:
        """A file's description, a list of them, or a deletion."""
        return response_view(body, _RESPONSE)

    def stream(self, content_type: bytes) -> StreamReader | None:
        """Files are never streamed; if they are, every frame is read as it stands."""
        return StreamReader() if is_event_stream(content_type) else None


class OpenAIFileContent(OpenAIFiles):
    """``GET /v1/files/{id}/content``."""

    __slots__ = ()

    def blob(self, raw: bytes, content_type: bytes) -> BlobView | None:  # noqa: ARG002 - a file may say anything
        """A batch's rows, or a file of any kind."""
        if not is_batch(raw):
            return document_blob(raw)
        gather = Gather("assistant")
        try:
            read_responses(gather, "", raw)
        except CallerError:
            return document_blob(raw)
        return gathered(raw, gather)


def _read(gather: Gather, purpose: str, file: Upload) -> Asked:
    filename(gather, "/file", file)
    if purpose == "batch":
        return read_requests(gather, "/file", file.data)
    read_document(gather, "/file", file.data)
    return Asked((), ())


DIALECT: Final[Dialect] = OpenAIFiles()
CONTENT_DIALECT: Final[Dialect] = OpenAIFileContent()

_ONE = v1("/files/{id}")

ENDPOINTS: Final = (
    Endpoint("files.create", "POST", v1("/files"), DIALECT, body="multipart", model="none", census=CREATED),
    Endpoint("files.list", "GET", v1("/files"), DIALECT, body="none", model="none", census=LISTED),
    Endpoint("files.get", "GET", _ONE, DIALECT, body="none", model="none", census=RETRIEVED),
    Endpoint("files.delete", "DELETE", _ONE, DIALECT, body="none", model="none", census=DELETED),
    Endpoint(
        "files.content",
        "GET",
        v1("/files/{id}/content"),
        CONTENT_DIALECT,
        body="none",
        model="none",
        census=CONTENT,
    ),
)
