"""What the rest of the gateway sees of an answer."""

from collections.abc import AsyncGenerator, Iterable

from gateway.core.errors import UpstreamError
from gateway.providers.client import Headers
from gateway.providers.decoding import Decoder, Undecodable, decoder_for
from gateway.providers.headers import end_to_end
from gateway.providers.http1.answer import Answer, Fault


class Http1Response:
    """An answer as the provider sent it, less its hop-by-hop fields and any content coding.

    Raises:
        UpstreamError: there is no head, or a content coding that nobody asked for.
    """

    __slots__ = ("_answer", "_decoder", "_max_bytes", "attempts", "headers", "status", "upstream")

    def __init__(self, answer: Answer, max_bytes: int) -> None:
        if not answer.status:
            raise (answer.fault or Fault.CLOSED).error(answer.upstream)
        self.status: int = answer.status
        self.upstream: str = answer.upstream
        self.attempts: int = 1
        self.headers: Headers = end_to_end(answer.fields)
        self._answer = answer
        self._max_bytes = max_bytes
        self._decoder = self._coding()

    async def read(self) -> bytes:
        """The whole body, within the size bound."""
        parts: list[bytes] = []
        room = self._max_bytes
        try:
            while chunk := await self._answer.chunk():
                for piece in self._decoded(chunk):
                    parts.append(piece)
                    room -= len(piece)
                    if room < 0:
                        raise UpstreamError("protocol", "The answer is too large.", upstream=self.upstream)
            self._check_end()
        except Undecodable as error:
            raise _undecodable(error, self.upstream) from error
        finally:
            self._answer.close()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The body as it comes from the network: one item is what one read brought."""
        try:
            while chunk := await self._answer.chunk():
                for piece in self._decoded(chunk):
                    yield piece
            self._check_end()
        except Undecodable as error:
            raise _undecodable(error, self.upstream) from error
        finally:
            self._answer.close()

    async def aclose(self) -> None:
        """A body that did not come to its end costs the connection, which stops the upstream's work."""
        self._answer.close()

    def _coding(self) -> Decoder | None:
        codings = [value for name, value in self.headers if name == b"content-encoding"]
        if not codings:
            return None
        try:
            decoder = decoder_for(b",".join(codings))
        except Undecodable as error:
            self._answer.close()
            raise _undecodable(error, self.upstream) from error
        if decoder is not None:
            gone = (b"content-encoding", b"content-length")
            self.headers = [field for field in self.headers if field[0] not in gone]
        return decoder

    def _decoded(self, chunk: bytes) -> Iterable[bytes]:
        return (chunk,) if self._decoder is None else self._decoder.decode(chunk)

    def _check_end(self) -> None:
        if self._decoder is not None:
            self._decoder.finish()


def _undecodable(error: Undecodable, upstream: str) -> UpstreamError:
    return UpstreamError("protocol", f"The upstream's answer cannot be decoded: {error}.", upstream=upstream)
