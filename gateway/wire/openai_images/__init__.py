"""OpenAI's images: a prompt, sometimes with images, becomes images."""

from collections.abc import Mapping
from typing import Final

from gateway.core.errors import CallerError
from gateway.wire.body import latest, required_object, word
from gateway.wire.chunks import error_name
from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.endpoint import Direction, Endpoint, v1
from gateway.wire.envelopes import OpenAIErrors, stopped
from gateway.wire.forms import uploads, with_flags
from gateway.wire.read import (
    Reader,
    control,
    each,
    fields,
    ignored,
    opaque,
    text,
    url,
    with_gap,
)
from gateway.wire.sse import Frame
from gateway.wire.stream import StreamReader, is_event_stream
from gateway.wire.views import request_view, response_view, unknown_shape, usage

CONTROL = frozenset(
    [
        "background",
        "input_fidelity",
        "moderation",
        "n",
        "output_compression",
        "output_format",
        "partial_images",
        "quality",
        "response_format",
        "size",
        "style",
    ]
)
"""Fields that steer and do not speak."""

# As a form has them, or, with addresses in their place, as JSON has them.
_REFERENCE: Reader = with_gap("image", fields({"image_url": url, "file_id": control}))
_IMAGES: Mapping[str, Reader] = {
    "image": uploads("image"),
    "image[]": uploads("image"),
    "mask": uploads("image"),
    "images": each(_REFERENCE),
}

_REQUEST: Reader = fields(
    {
        **dict.fromkeys(CONTROL, control),
        **_IMAGES,
        "model": control,
        "stream": ignored,
        "prompt": text("text"),
    }
)

_IMAGE: Reader = fields({"b64_json": opaque("image"), "url": _REFERENCE, "revised_prompt": text("text")})
_AROUND: Mapping[str, Reader] = {
    **dict.fromkeys(CONTROL, control),
    "created": ignored,
    "created_at": ignored,
    "usage": control,
}
_RESPONSE: Reader = fields({**_AROUND, "data": each(_IMAGE)})
_EVENT: Reader = fields(
    {
        **_AROUND,
        "type": control,
        "partial_image_index": ignored,
        "sequence_number": ignored,
        "b64_json": opaque("image"),
    }
)

_STEERING = "".join(f"    {name} control\n" for name in (*sorted(CONTROL), "model"))

CENSUS: Mapping[Direction, str] = {
    "request": _STEERING
    + """
        prompt                                          text
        user                                            metadata
        image/*/filename                                metadata
        image/filename                                  metadata
        image                                           image
        image[]/*/filename                              metadata
        image[]                                         image
        mask/filename                                   metadata
        mask                                            image
        images/*/image_url                              metadata          image
        images/*/file_id                                control           image
        stream                                          control
    """,
    "response": _STEERING
    + """
        data/*/b64_json                                 image
        data/*/url                                      metadata          image
        data/*/revised_prompt                           text
        created                                         control
        usage                                           control
    """,
    "stream": _STEERING
    + """
        b64_json                                        image
        created_at                                      control
        error                                           metadata
        partial_image_index                             control
        type                                            control
        usage                                           control
    """,
}


class ImageReader(StreamReader):
    """A stream of images, each clearer than the one before."""

    def read(self, frame: Frame) -> None:
        """What a frame with data means."""
        event = self.tape.value()
        if not isinstance(event, dict):
            self._unread(frame)
            return
        _EVENT(self.tape.scope("", "/events", whole=True), "", event)
        self.usage = latest(self.usage, usage(event.get("usage")))
        if "error" in event or event.get("type") == "error":
            self.error = error_name(event.get("error") or event)
        if word(event.get("type")).endswith(".completed"):
            self.complete = True
            self.tape.mark_last()

    def _unread(self, frame: Frame) -> None:
        if frame.data.startswith("[DONE]"):
            self.complete = True
        else:
            self.tape.unread()

    def ending(self, ours: Mapping[str, str]) -> bytes:
        """An error: images have no other way to end early."""
        return stopped(ours)


class OpenAIImages(OpenAIErrors):
    """``POST /v1/images/...``."""

    __slots__ = ()
    name: Final = "openai_images"
    family: Final = "openai"

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        request = with_flags(required_object(body))
        if not isinstance(request.get("prompt"), str | None):
            raise CallerError(400, "invalid_type", "prompt must be a string", "/prompt")
        return request_view(request, _REQUEST, CONTROL, model=word(request.get("model")))

    def response(self, body: object) -> ResponseView:
        """Understand a parsed response."""
        known = isinstance(body, dict) and isinstance(body.get("data"), list)
        return response_view(body, _RESPONSE if known else unknown_shape)

    def stream(self, content_type: bytes) -> StreamReader | None:
        """A reader for an event stream."""
        return ImageReader() if is_event_stream(content_type) else None


DIALECT: Final[Dialect] = OpenAIImages()

ENDPOINTS: Final = (
    Endpoint(
        "images.generations", "POST", v1("/images/generations"), DIALECT, model="optional", census=CENSUS
    ),
    *(
        Endpoint(
            f"images.{name}",
            "POST",
            v1(f"/images/{name}"),
            DIALECT,
            body="multipart",
            model="optional",
            census=CENSUS,
        )
        for name in ("edits", "variations")
    ),
)
