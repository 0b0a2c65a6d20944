"""Readers and views for requests that are forms."""

from collections.abc import Mapping

from gateway.wire.document import Upload
from gateway.wire.read import Reader, anything, url
from gateway.wire.sink import Sink

_SAID = {"true": True, "false": False}


def upload(reason: str) -> Reader:
    """A file that cannot be read here. Its name can; an address in its place is one."""

    def read(sink: Sink, pointer: str, value: object) -> None:
        sink.gap(pointer, reason)
        if isinstance(value, Upload):
            filename(sink, pointer, value)
        elif isinstance(value, str):
            url(sink, pointer, value)
        else:
            anything(sink, pointer, value)

    return read


def filename(sink: Sink, pointer: str, value: Upload) -> None:
    """What the caller calls a file."""
    sink.segment("metadata", f"{pointer}/filename", value.filename, fixed=True)


def uploads(reason: str) -> Reader:
    """One file or several."""
    one = upload(reason)

    def read(sink: Sink, pointer: str, value: object) -> None:
        if isinstance(value, list):
            for index, each in enumerate(value):
                one(sink, f"{pointer}/{index}", each)
        else:
            one(sink, pointer, value)

    return read


def with_flags(request: Mapping[str, object]) -> Mapping[str, object]:
    """A form's ``stream`` as JSON would say it: a field of a form is always text."""
    stream = request.get("stream")
    return {**request, "stream": _SAID.get(stream, stream)} if isinstance(stream, str) else request
