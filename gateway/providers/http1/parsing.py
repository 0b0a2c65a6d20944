"""The bytes of answers on one connection, parsed by llhttp; its strict rules stay on.

What llhttp leaves to us is here: where a head ends at the latest, which framings are believed, and
that nothing may follow an answer that nobody has asked a further one of.
"""

import httptools

from gateway.providers.headers import Field

MAX_HEAD_BYTES = 65536

_BODILESS = (204, 304)  # RFC 9112 section 6.3, rule 1; 1xx never gets that far


class Malformed(Exception):
    """The bytes break a rule of RFC 9112."""


class AnswerParser:
    """One answer after another. After :meth:`feed` has returned False it is of no further use."""

    __slots__ = (
        "_idle", "_parser", "_room", "_until_close", "complete", "fields", "pieces", "reusable", "status",
    )  # fmt: skip

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.expect()

    def expect(self) -> None:
        """Get ready for the next answer."""
        self.status = 0
        """0 until a final head has arrived."""
        self.fields: list[Field] = []
        self.pieces: list[bytes] = []
        """Of the body, since somebody last emptied it."""
        self.complete = False
        self.reusable = False
        """Once complete: whether the upstream would read another request (RFC 9112 section 9.3)."""
        self._until_close = False
        self._room = MAX_HEAD_BYTES
        self._idle = 0

    def feed(self, data: bytes) -> bool:
        """Parse what one read brought. Returns whether it was valid.

        What was valid before the fault is kept, so that the answer does not depend on how its bytes
        were split.
        """
        try:
            if self.status:
                self._feed_body(data)
            else:
                self._feed_head(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, Malformed):
            return False
        return True

    def end(self) -> bool:
        """The upstream has closed. Returns whether that was the end of the body (section 6.3, rule 8)."""
        self.complete = self.complete or self._until_close
        return self.complete

    def _feed_head(self, data: bytes) -> None:
        """Interim answers count as part of the head, or an endless row of them would never end."""
        room = self._room
        self._room -= len(data)
        if self._room >= 0:
            self._parser.feed_data(data)
            return
        self._parser.feed_data(data[:room])
        if not self.status:
            raise Malformed("the head is too large")
        self._feed_body(data[room:])

    def _feed_body(self, data: bytes) -> None:
        """Chunk extensions and trailers are dropped, but not endlessly."""
        self._parser.feed_data(data)
        self._idle = 0 if self.pieces or self.complete else self._idle + len(data)
        if self._idle > MAX_HEAD_BYTES:
            raise Malformed("a chunk header or trailer is too large")

    # --- called by llhttp ---------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Also after each interim answer."""
        if self.complete:
            raise Malformed("an answer to no request")
        self.fields = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Trailers come the same way and are dropped (RFC 9110 section 6.5.1)."""
        if not self.status:
            self.fields.append((name, value.strip()))

    def on_headers_complete(self) -> None:
        """The end of a head, interim or final."""
        status = self._parser.get_status_code()
        if status == 101 or status < 100:  # nobody asked for another protocol
            raise Malformed("not a status of an answer")
        if status >= 200:
            self._until_close = _ends_with_connection(self.fields, status, self._parser.get_http_version())
            self.status = status

    def on_body(self, piece: bytes) -> None:
        """Some of the body, without its chunked framing."""
        self.pieces.append(piece)

    def on_message_complete(self) -> None:
        """Never called where the connection's end is the body's end."""
        if self.status:
            self.complete = True
            self.reusable = self._parser.should_keep_alive()


def _ends_with_connection(fields: list[Field], status: int, version: str) -> bool:
    """Whether the body has no other end. Two readers must not see two bodies (RFC 9112 section 6.3).

    llhttp has refused lengths that are repeated or no number.
    """
    lengths = codings = 0
    for name, value in fields:
        match name.lower():
            case b"content-length":
                lengths += 1
            case b"transfer-encoding":
                codings += 1
                if value.lower() != b"chunked":  # other transfer codings were not asked for: no ``te``
                    raise Malformed("an unknown transfer coding")
            case _:
                pass
    if version not in ("1.0", "1.1") or lengths + codings > 1 or (codings and version == "1.0"):
        raise Malformed("the framing is ambiguous")
    return not lengths and not codings and status not in _BODILESS
